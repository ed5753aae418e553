"""What a contract says of an image's files, held against the real one, without starting anything of it."""

import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lab.doubles.image import Image
from lab.engine import Engine

FOLDERS: Final = ("bin", "sbin")
CONFIGURED: Final = "{{.Config.User}}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """An image's user, its entries in passwd, and owner and mode of each of its paths."""

    user: str
    passwd: str
    paths: Mapping[str, str]

    def command(self, name: str) -> bool:
        """A path as it is; a name where commands lie."""
        if "/" in name:
            return name.lstrip("/") in self.paths
        return any(path.endswith(tuple(f"{folder}/{name}" for folder in FOLDERS)) for path in self.paths)


def broken(image: Image, found: Found) -> list[str]:
    """The clauses of a contract that an image does not keep."""
    entries = [line.split(":") for line in found.passwd.splitlines() if line.count(":") == 6]
    accounts = {f"{name}:{uid}:{gid}:{home}" for name, _, uid, gid, _, home, _ in entries}
    uids = {name: uid for name, _, uid, *_ in entries}
    user = found.user.partition(":")[0] or "root"
    return [
        *(
            []
            if uids.get(user, user) == image.user.partition(":")[0]
            else [f"user {image.user}: it is {user}"]
        ),
        *(f"account {each}" for each in image.accounts if each not in accounts),
        *(
            f"folder {path} {is_of}: it is {found.paths.get(path.lstrip('/'), 'missing')}"
            for path, is_of in image.folders.items()
            if found.paths.get(path.lstrip("/")) != is_of
        ),
        *(f"command {name}" for name in image.commands if not found.command(name)),
    ]


def look(outer: Engine, reference: str) -> Found:
    """What an image of the engine holds, without starting anything of it."""
    container = outer.docker("create", reference, "none").strip()
    try:
        words = ["docker", "export", container]
        env = {**os.environ, **outer.env}
        with (
            subprocess.Popen(words, stdout=subprocess.PIPE, env=env) as exported,
            tarfile.open(fileobj=exported.stdout, mode="r|") as tar,
        ):
            passwd, paths = _read(tar)
    finally:
        outer.docker("rm", container)
    user = outer.docker("image", "inspect", "--format", CONFIGURED, reference).strip()
    return Found(user=user, passwd=passwd, paths=paths)


def _read(tar: tarfile.TarFile) -> tuple[str, Mapping[str, str]]:
    passwd, paths = "", {}
    for each in tar:
        paths[each.name] = f"{each.uid}:{each.gid} {each.mode & 0o7777:o}"
        if each.name == "etc/passwd" and (opened := tar.extractfile(each)):
            passwd = opened.read().decode()
    return passwd, paths
