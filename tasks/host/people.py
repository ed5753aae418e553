"""Who has an account on a server: whom the repository lists, and nobody whom it listed before."""

import shlex
from collections.abc import Generator, Iterable, Mapping
from typing import Final

from pyinfra import host, logger
from pyinfra.api import StringCommand, operation

from tasks import program
from tasks.host.applied import compared, things
from tasks.settings import ROOT

GROUP: Final = "guildhall"
"""Of all accounts that a deploy made: it ends those, and no others."""
KEYS: Final = "/etc/ssh/guildhall.keys"
"""A line for each key, `ACCOUNT [OPTIONS] KIND BASE64`: sshd takes no others of these accounts."""
PROGRAM: Final = ROOT / "files/host/people.sh"


def found(names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Which of these accounts the host has, and which accounts a deploy made there."""
    known = program.read(host, accounts=names, groups=[GROUP])
    return known.accounts, known.groups.get(GROUP, frozenset())


def difference(
    wanted: Iterable[str], there: frozenset[str], made: frozenset[str]
) -> tuple[list[str], list[str]]:
    """Who gets an account, and whose ends."""
    names = set(wanted)
    return sorted(names - (there & made)), sorted(made - names)


def key_lines(people: Mapping[str, Iterable[str]], options: str = "") -> str:
    """The keys as sshd is told them, by account; comments stay away, since they may say anything."""
    lines = [
        f"{name} {options}{' '.join(key.split()[:2])}\n" for name, keys in people.items() for key in keys
    ]
    return "".join(lines)


@operation()
def accounts(names: Iterable[str]) -> Generator[StringCommand]:
    """These have an account with sudo. Others that had one are gone: account, sessions, jobs and rights."""
    names = frozenset(names)
    there, made = found(names)
    come, go = difference(names, there, made)
    if compared(things("account", names), things("account", made - (names - there))):
        host.noop("everybody who is listed has an account, and nobody else")
        return
    for name in come:
        host.log(f"    {name}: gets an account, with sudo", logger.info)
    for name in go:
        host.log(
            f"    {name}: is no longer listed; account, keys, sudo and running sessions end", logger.info
        )
    told = " ".join(
        f"{what}={shlex.quote(' '.join(who))}"
        for what, who in (("come", come), ("go", go), ("group", [GROUP]))
    )
    yield StringCommand(f"{told}\n{PROGRAM.read_text()}")
