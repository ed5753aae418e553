"""Debian packages."""

from collections.abc import Generator, Sequence
from typing import Final

from pyinfra import host
from pyinfra.api import StringCommand, operation

from tasks import program
from tasks.host.applied import compared, things

# Another apt may be at work, the daily one above all: wait for it.
PATIENT: Final = "-o DPkg::Lock::Timeout=600"
INSTALL: Final = (
    "DEBIAN_FRONTEND=noninteractive apt-get --yes -o Dpkg::Options::=--force-confdef "
    f"-o Dpkg::Options::=--force-confold {PATIENT} install --no-install-recommends"
)


@operation()
def packages(names: Sequence[str]) -> Generator[StringCommand]:
    """The packages are installed; fresh lists are fetched only if one is missing: else a plan stays empty."""
    found = program.read(host, packages=names).packages
    if compared(things("package", names), things("package", found & set(names))):
        host.noop("all of them are installed")
        return
    yield StringCommand(f"apt-get {PATIENT} update")
    yield StringCommand(INSTALL, *(name for name in names if name not in found))
