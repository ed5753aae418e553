"""Debian packages."""

from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import StringCommand, operation
from pyinfra.operations import apt

from tasks import program

# Another apt may be at work, the daily one above all: wait for it.
PATIENT = "-o DPkg::Lock::Timeout=600"


@operation()
def packages(names: Sequence[str]) -> Generator[StringCommand | str]:
    """The packages are installed; fresh lists are fetched only if one is missing: else a plan stays empty."""
    if set(names) <= program.read(host, packages=names).packages:
        host.noop("all of them are installed")
        return
    missing = list(apt.packages._inner(packages=list(names), no_recommends=True, extra_install_args=PATIENT))
    if missing:
        yield f"apt-get {PATIENT} update"
    yield from missing
