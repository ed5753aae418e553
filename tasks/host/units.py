"""What systemd does on the host: units, and its time zone."""

from collections.abc import Generator

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from tasks import program
from tasks.host.applied import compared, things


@operation()
def enabled(unit: str, *, running: bool = True) -> Generator[StringCommand]:
    """The unit comes up with the host, and runs now; one that ends by itself is `running=False`."""
    found = program.read(host, units=[unit]).unit(unit)
    active = things("active", [unit] if running else [])
    has = things("enabled", [unit] if found.enabled else []) | (active if found.active else {})
    if compared(things("enabled", [unit]) | active, has):
        host.noop(f"{unit} is as it should be")
        return
    if running and not found.active:
        yield StringCommand("systemctl start", QuoteString(unit))
    if not found.enabled:
        yield StringCommand("systemctl enable", QuoteString(unit))


@operation()
def timezone(zone: str) -> Generator[StringCommand]:
    """The host's clock shows this zone's time."""
    if compared({"time zone": zone}, {"time zone": program.read(host).timezone}):
        host.noop("the time zone is set")
        return
    yield StringCommand("timedatectl set-timezone", QuoteString(zone))
