"""Why a program would not start here: what it cannot read, make or write, its user, flags that it lacks."""

import ast
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from . import environment
from .contract import Contract, fill
from .image import Image

LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
Version = tuple[int, int]
NEWER: Mapping[tuple[str | None, str], Version] = {("datetime", "UTC"): (3, 11)}
"""What our scripts could take from the standard library, with the version that it came with."""
UNION: Version = (3, 10)
"""X | Y, where an annotation is worked out."""


def insist(contract: Contract, env: Mapping[str, str]) -> None:
    """End, and say why, where the program would not start."""
    if lines := refused(contract, env):
        sys.exit("\n".join(f"refused: {line}" for line in lines))


def refused(contract: Contract, env: Mapping[str, str], root: Path = Path("/")) -> list[str]:
    """One line for each reason; what it makes and writes is below `root` afterwards."""
    flags = environment.unknown_flags(contract, env)
    return [*flags, *(_by_image(contract.image, env, root) if contract.image else ())]


def _by_image(image: Image, env: Mapping[str, str], root: Path) -> Iterator[str]:
    if image.named:
        yield from nameless(root / "etc/passwd")
    for paths, attempt in ((image.finds, read), (image.makes, make), (image.writes, write)):
        for path in paths:
            yield from _tried(attempt, fill(path, env), root)
    for url in image.pinned:
        yield from unpinned(root / "etc/hosts", urlsplit(fill(url, env)).hostname or "")
    if image.memory_mb > memory_mb(root):
        yield f"it holds {image.memory_mb} MB, and the container has {memory_mb(root):.0f} MB"
    if image.python:
        yield from too_new(root / image.scripts.lstrip("/"), image.python)


def _tried(attempt: Callable[[Path], None], path: str, root: Path) -> Iterator[str]:
    try:
        attempt(root / path.lstrip("/"))
    except OSError as error:
        yield f"{path}: {error.strerror}"


def read(path: Path) -> None:
    path.open("rb").close()


def make(path: Path) -> None:
    path.mkdir(exist_ok=True)


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.open("ab").close()


def unpinned(hosts: Path, name: str) -> list[str]:
    """A name that anybody could answer to, for a program that would believe it."""
    lines = [line.split() for line in hosts.read_text().splitlines()] if hosts.exists() else []
    private = [ip_address(words[0]).is_private for words in lines if name in words[1:]]
    return [] if any(private) else [f"{name} is not verified, and no private address of its is in /etc/hosts"]


def memory_mb(root: Path = Path("/")) -> float:
    """What the container may have at most."""
    given = next(((root / path).read_text().strip() for path in LIMITS if (root / path).is_file()), "max")
    return float("inf") if given == "max" else int(given) / 1024**2


def nameless(passwd: Path) -> list[str]:
    """As ssh and others say it of a user without an entry."""
    uid = str(os.getuid())
    known = {line.split(":")[2] for line in passwd.read_text().splitlines()} if passwd.exists() else set()
    return [] if uid in known else [f"No user exists for uid {uid}"]


def too_new(folder: Path, version: str) -> list[str]:
    """What scripts use that came after this version of Python."""
    major, minor = map(int, version.split("."))
    return [
        f"{path.name}: {what} needs Python {'.'.join(map(str, needs))}, and the image has {version}"
        for path in sorted(folder.glob("*.py"))
        for what, needs in dict(uses(path.read_text(), (major, minor))).items()
        if needs > (major, minor)
    ]


def uses(program: str, version: Version) -> Iterator[tuple[str, Version]]:
    """What of a program came with which version, as far as it is known here."""
    try:
        tree = ast.parse(program, feature_version=version)
    except SyntaxError as error:
        yield f"line {error.lineno}", (version[0], version[1] + 1)
        return
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    taken = {(node.module, name.name) for node in froms for name in node.names}
    for module, name in sorted(taken & NEWER.keys(), key=str):
        yield f"{module}.{name}", NEWER[module, name]
    if ("__future__", "annotations") not in taken and any(map(_has_union, ast.walk(tree))):
        yield "X | Y in an annotation", UNION


def _has_union(node: ast.AST) -> bool:
    annotations = (getattr(node, "annotation", None), getattr(node, "returns", None))
    return any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.BitOr) for each in annotations)
