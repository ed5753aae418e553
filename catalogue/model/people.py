"""Who may log in to servers, and by which keys: pure, and refused before a server is contacted."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Final

from catalogue.model.checks import Form, WrongValueError

ROOT: Final = "root"
CI: Final = "guildhall-ci"
"""The account of a CI that deploys."""
READONLY: Final = "who may only read"
NAME: Final = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
LEAST_RSA: Final = 3072
"""Bits of a modulus."""
People = Mapping[str, tuple[str, ...]]
"""Account: its public keys, as `ssh-ed25519 AAAA… comment`."""


def _is_ecdsa(parts: Sequence[bytes], curve: bytes, size: int, more: int = 0) -> bool:
    """A curve's name and an uncompressed point of it, of two coordinates."""
    return len(parts) == 2 + more and parts[0] == curve and parts[1][:1] == b"\4" and len(parts[1]) == size


KINDS: Final[Mapping[str, Callable[[Sequence[bytes]], bool]]] = {
    "ssh-ed25519": lambda parts: [len(each) for each in parts] == [32],
    "sk-ssh-ed25519@openssh.com": lambda parts: len(parts) == 2 and len(parts[0]) == 32,
    "ecdsa-sha2-nistp256": lambda parts: _is_ecdsa(parts, b"nistp256", 65),
    "ecdsa-sha2-nistp384": lambda parts: _is_ecdsa(parts, b"nistp384", 97),
    "ecdsa-sha2-nistp521": lambda parts: _is_ecdsa(parts, b"nistp521", 133),
    "sk-ecdsa-sha2-nistp256@openssh.com": lambda parts: _is_ecdsa(parts, b"nistp256", 65, more=1),
    "ssh-rsa": lambda parts: len(parts) == 2 and int.from_bytes(parts[1]).bit_length() >= LEAST_RSA,
}
"""What stands behind the kind in a key (RFC 4253, 6.6; RFC 5656, 3.1; OpenSSH's PROTOCOL.u2f)."""


def _strings(blob: bytes) -> Iterator[bytes]:
    """SSH's strings, each behind its length in four bytes; ValueError if one is cut off."""
    while blob:
        size = int.from_bytes(blob[:4])
        if len(blob) < 4 + size:
            raise ValueError("cut off")
        yield blob[4 : 4 + size]
        blob = blob[4 + size :]


def is_public_key(line: str) -> bool:
    """`KIND BASE64`, maybe with a comment; no options before it, and no kind that can be broken."""
    kind, _, rest = line.partition(" ")
    try:
        first, *parts = _strings(base64.b64decode(rest.partition(" ")[0], validate=True))
    except ValueError:
        return False
    return line.isprintable() and kind in KINDS and first == kind.encode() and KINDS[kind](parts)


PublicKey = Annotated[
    str,
    Form(f"an SSH public key as in ssh-ed25519 AAAA… name; of RSA {LEAST_RSA} bits or more", is_public_key),
]
Person = Annotated[
    str,
    Form(
        "a person's account, as in ada",
        lambda text: NAME.fullmatch(text) and text not in (ROOT, CI),
    ),
]


def check_people(
    operators: People, ci_keys: tuple[str, ...], ssh_user: str, readonly_keys: tuple[str, ...] = ()
) -> None:
    """WrongValueError if an account has no key, two have one, or who deploys would lose the own account."""
    every = people(operators, ci_keys)
    for name, keys in every.items():
        if not keys:
            raise WrongValueError("", "operators", f"operators: {name} has no key; add it, or drop the name")
    holders = {**every, READONLY: readonly_keys}
    for one, other in combinations(holders, 2):
        if _blobs(holders[one]) & _blobs(holders[other]):
            place = {READONLY: "readonly_keys", CI: "ci_keys"}.get(other, "operators")
            raise WrongValueError("", place, f"{place}: {one} and {other} have one key; give each their own")
    if ssh_user not in (ROOT, *every):
        raise WrongValueError(
            "", "ssh_user", f"ssh_user is '{ssh_user}', none of the operators, whose accounts a deploy takes "
            "away; list that name there with its key, or write root"
        )  # fmt: skip


def people(operators: People, ci_keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every account that servers shall have, by name, with its keys."""
    return {**operators, **({CI: ci_keys} if ci_keys else {})}


def _blobs(keys: tuple[str, ...]) -> set[str]:
    return {key.split()[1] for key in keys}
