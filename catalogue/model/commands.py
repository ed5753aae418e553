"""Commands of an image or of a running service, and who runs each."""

from dataclasses import dataclass

from catalogue.model.checks import Record, require
from catalogue.model.forms import FilePath, Name, Positive, Variable, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Record):
    """A command of the image that refuses a bad configuration before it is switched to."""

    entrypoint: FilePath
    arguments: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exec(Record):
    """A command of a running service that can be run again and again; exit code 2: there is no use."""

    service: Name
    command: tuple[Word, ...]
    seconds: Positive
    """How long it is tried until it succeeds: what it needs may still be on its way."""

    def validate(self) -> None:
        require(self.command, f"what is run in service '{self.service}' needs a command")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAdmin(Record):
    """What makes the first account, or somebody an administrator: a person runs it by `guildhall admin`."""

    service: Name
    command: tuple[Word, ...]
    """Told what `asks` names as its last words."""
    asks: tuple[Variable, ...] = ()
    """What a person has to say, by names that a person understands: MAIL. A word each, never a secret."""
    password: bool = False
    """It reads one from its standard input: a person types it, and no argument holds it."""

    def validate(self) -> None:
        require(self.command, f"first_admin in service '{self.service}' needs a command")
