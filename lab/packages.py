"""Programs the lab needs on this machine, installed from Debian's packages where that is possible."""

import os
import shutil

from lab import shell
from lab.errors import LabError
from lab.progress import step


def ensure(program: str, package: str) -> None:
    """Install `package` if `program` is missing; LabError with what to type if that cannot be done here."""
    if shutil.which(program):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise LabError(
            f"{program} is missing: install it as root, on Debian with `apt-get install {package}`"
        )
    with step(f"installing {package}"):
        shell.succeeds(["apt-get", "update"])  # one unreachable source among several is no reason to stop
        argv = ["apt-get", "install", "-y", "--no-install-recommends", package]
        shell.run(argv, env={"DEBIAN_FRONTEND": "noninteractive"})
