"""`python3 -m doubles.shape NAME`, as root while an image is built: its accounts, folders and commands."""

import os
import shutil
import sys
from pathlib import Path

from .contract import load
from .image import Image

HIDDEN = ("bash", "curl", "grep", "perl", "wget")
"""Of the commands that the double's base has or Busybox could be, those that an image need not have."""
BUSYBOX = "/bin/busybox"


def make(image: Image, root: Path) -> None:
    """Give the file system below `root` the accounts and folders of an image."""
    passwd, group = root / "etc/passwd", root / "etc/group"
    for name, uid, gid, home in (account.split(":") for account in image.accounts):
        if not _has(passwd, name):
            _append(passwd, f"{name}:x:{uid}:{gid}::{home}:/usr/sbin/nologin")
        if not _has(group, name):
            _append(group, f"{name}:x:{gid}:")
    for path, is_of in image.folders.items():
        (owner, _, group_id), (_, mode) = is_of.split()[0].partition(":"), is_of.split()
        folder = root / path.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, int(owner), int(group_id))
        folder.chmod(int(mode, 8))


def keep_commands(image: Image) -> None:
    """Of the commands in HIDDEN only those of the image stay or come."""
    for command in HIDDEN:
        found = shutil.which(command)
        if command in image.commands and not found:
            Path("/bin", command).symlink_to(BUSYBOX)
        elif found and command not in image.commands:
            Path(found).unlink()


def _has(file: Path, name: str) -> bool:
    return file.exists() and any(line.startswith(f"{name}:") for line in file.read_text().splitlines())


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as opened:
        opened.write(f"{line}\n")


if __name__ == "__main__":
    if wanted := load(sys.argv[1]).image:
        make(wanted, Path("/"))
        keep_commands(wanted)
