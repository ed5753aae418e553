"""Several configuration files of the host."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyinfra import host

from tasks import program
from tasks.host.config_file import NOTHING, Holds, asked, config_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What `config_file` takes."""

    name: str
    path: str
    content: str
    unit: str = ""
    check: str = "true"
    apply: str = "true"
    holds: Holds = NOTHING
    trial_seconds: int = 0

    @property
    def asked(self) -> program.Asked:
        """What a host is asked about it."""
        names = asked(self.path, self.unit, self.holds)
        return program.Asked(**{what: frozenset(each) for what, each in names.items()})


def placed(settings: Iterable[Setting]) -> None:
    """Each file says so, in this order."""
    for each in host.loop(list(settings)):  # type: ignore[no-untyped-call] # pyinfra has no types there
        place(each)


def place(setting: Setting) -> None:
    """The file says so."""
    told: dict[str, Any] = {each: getattr(setting, each) for each in Setting.__slots__ if each != "name"}
    config_file(name=setting.name, **told)
