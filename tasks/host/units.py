"""What systemd does on the host: units, and its time zone."""

from collections.abc import Generator

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from tasks import program


@operation()
def enabled(unit: str, *, running: bool = True) -> Generator[StringCommand]:
    """The unit comes up with the host, and runs now; one that ends by itself is `running=False`."""
    found = program.read(host, units=[unit]).unit(unit)
    if running and not found.active:
        yield StringCommand("systemctl start", QuoteString(unit))
    if not found.enabled:
        yield StringCommand("systemctl enable", QuoteString(unit))
    if found.enabled and (found.active or not running):
        host.noop(f"{unit} is as it should be")


@operation()
def timezone(zone: str) -> Generator[StringCommand]:
    """The host's clock shows this zone's time."""
    if program.read(host).timezone == zone:
        host.noop("the time zone is set")
        return
    yield StringCommand("timedatectl set-timezone", QuoteString(zone))
