"""What an image holds and its program wants, from a contract's `[image]`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Image:
    """As a real image is, and as its program takes it; paths are the program's own.

    `user`: what it runs as unless told otherwise. `accounts`: name:uid:gid:home, its entries in passwd; with
    `named`, a user without one is of no use. `folders`: path -> `uid:gid mode`, which an empty volume there
    gets too. `finds`: files that it reads at each start; `makes`: folders that it makes where there are none;
    `writes`: files that it writes; in these, `${NAME}` is a variable or a flag. `kept`: folders that must
    outlive the container. `commands`: those that exist beside the program. `python`: what our scripts in the
    folder `scripts` run in. `refuses`: variable -> a value with which it does not start.
    `pinned`: URLs whose certificate it does not verify: their hosts have a private address in /etc/hosts.
    `first_start_seconds`: how long a first start may take. `memory_mb`: what it holds while nobody uses it.
    """

    user: str
    accounts: tuple[str, ...] = ()
    named: bool = False
    folders: Mapping[str, str] = field(default_factory=dict)
    makes: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    finds: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    python: str = ""
    scripts: str = ""
    refuses: Mapping[str, str] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    first_start_seconds: int = 0
    memory_mb: int = 0
