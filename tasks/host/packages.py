"""Debian packages."""

from collections.abc import Generator, Sequence

from pyinfra.api import StringCommand, operation
from pyinfra.operations import apt

# Another apt may be at work, the daily one above all: wait for it.
PATIENT = "-o DPkg::Lock::Timeout=600"


@operation()
def packages(names: Sequence[str]) -> Generator[StringCommand | str]:
    """The packages are installed; fresh lists are fetched only if one is missing: else a plan stays empty."""
    missing = list(apt.packages._inner(packages=list(names), no_recommends=True, extra_install_args=PATIENT))
    if missing:
        yield f"apt-get {PATIENT} update"
    yield from missing
