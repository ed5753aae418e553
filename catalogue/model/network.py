"""What an app may open beside what its other fields imply."""

from dataclasses import dataclass

from catalogue.model.checks import Record
from catalogue.model.forms import Line, Name, PortNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach(Record):
    """A port in the private network that an app connects to, where nothing else in the catalogue says so."""

    app: Name | None
    """Whose port it is; None: every host's own, as sshd's."""
    port: PortNumber
    """TCP, as its `Port.host` says."""
    because: Line
    """What it asks for there."""
