"""Who has an account on a server: whom the repository lists, and nobody whom it listed before."""

import shlex
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyinfra import host, logger
from pyinfra.api import FactBase, StringCommand, operation

from tasks.settings import ROOT

GROUP: Final = "guildhall"
"""Of all accounts that a deploy made: it ends those, and no others."""
KEYS: Final = "/etc/ssh/guildhall.keys"
"""A line for each key, `ACCOUNT KIND BASE64`: sshd takes no others of these accounts."""
PROGRAM: Final = ROOT / "files/host/people.sh"


@dataclass(frozen=True, slots=True)
class Found:
    """The accounts of a server that were asked for, and those that a deploy made."""

    there: frozenset[str] = frozenset()
    made: frozenset[str] = field(default=frozenset())


class Accounts(FactBase[Found]):
    """In one exec."""

    default = Found

    def command(self, names: Iterable[str]) -> StringCommand:
        asked = " ".join(map(shlex.quote, names)) or "root"
        return StringCommand(f"getent group {GROUP} || echo; getent passwd {asked} || true")

    def process(self, output: list[str]) -> Found:
        first, *others = output or [""]
        members = first.rpartition(":")[2].split(",")
        return Found(
            there=frozenset(line.partition(":")[0] for line in others), made=frozenset(filter(None, members))
        )


def difference(wanted: Iterable[str], found: Found) -> tuple[list[str], list[str]]:
    """Who gets an account, and whose ends."""
    names = set(wanted)
    return sorted(names - (found.there & found.made)), sorted(found.made - names)


def key_lines(people: Mapping[str, Iterable[str]]) -> str:
    """The keys as sshd is told them; comments stay away, since they may say anything."""
    lines = [f"{name} {' '.join(key.split()[:2])}\n" for name, keys in people.items() for key in keys]
    return "".join(lines)


@operation()
def accounts(names: Iterable[str]) -> Generator[StringCommand]:
    """These have an account with sudo. Others that had one are gone: account, sessions, jobs and rights."""
    come, go = difference(names, host.get_fact(Accounts, names=list(names)))
    if not (come or go):
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
