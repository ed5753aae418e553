"""`make proof`: what contracts and recipes say of images, held against the real ones where they can be had.

An image that the engine has or can pull is looked at file by file, and what its contract says of it is
compared. A real program in an image of ours must say its version. For the rest only a double stands.
"""

import os
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lab import build, engine, images
from lab.doubles.image import Image
from lab.engine import Engine
from lab.errors import LabError
from lab.progress import say

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


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was run of an image, which clauses held, and which did not."""

    ran: str
    held: str = "nothing"
    wrong: tuple[str, ...] = ()


def proof(outer: Engine, maker: images.Maker, reference: str) -> Proof:
    """The real image if there is one, else the real program, else nothing."""
    name = reference.rpartition(":")[0]
    if maker.has(reference):
        image = images.contract_image(images.doubles().get(name, ""))
        return _by_image(outer, reference, image) if image else Proof(ran="the real image has no contract")
    if name in images.programs():
        return _by_version(outer, reference, **images.programs()[name])
    return Proof(ran="not to be had, a double stands for it")


def _by_image(outer: Engine, reference: str, image: Image) -> Proof:
    clauses = ("user", *image.accounts, *image.folders, *image.commands)
    wrong = broken(image, look(outer, reference))
    return Proof(ran="the real image, looked at", held=" ".join(clauses), wrong=tuple(wrong))


def _by_version(outer: Engine, reference: str, *, version: str, says: Iterable[str], **_: str) -> Proof:
    recipe = images.own_recipe(reference)[1]
    build.ensure(outer, recipe)
    first, *others = says
    said = outer.docker("run", "--rm", "--network", "none", "--entrypoint", first, recipe.name, *others)
    wrong = () if version in said else (f"version {version}: it says {said.strip().splitlines()[0]}",)
    return Proof(ran=f"a package: {' '.join(says)}", held=f"version {version}", wrong=wrong)


def main(tell: Callable[[str], None] = say) -> int:
    """How many images broke a clause."""
    outer = engine.find() or engine.start()
    maker, failed = images.Maker(outer), 0
    for reference in images.wanted():
        try:
            done = proof(outer, maker, reference)
        except LabError as error:
            done = Proof(ran="tried", wrong=(str(error),))
        failed += bool(done.wrong)
        held = f"BROKEN {'; '.join(done.wrong)}" if done.wrong else f"held: {done.held}"
        tell(f"{reference:56}{done.ran}; {held}")
    return failed
