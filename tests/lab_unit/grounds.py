"""What a service's container finds where it starts, made below a folder, with the rights that it has."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lab.doubles.contract import Contract, fill
from lab.doubles.image import Image

Service = Mapping[str, Any]
WRITABLE, FROZEN, MARKED = 0o755, 0o555, 0o700
"""Modes of folders of whoever runs the test; whose they are in the container decides which."""


def volumes(service: Service) -> Iterator[tuple[str, str, bool]]:
    """Source, target and whether it can be written."""
    for written in service.get("volumes", []):
        source, target, *mode = written.split(":")
        yield source, target, "ro" not in "".join(mode).split(",")


def kept(service: Service, env: Mapping[str, str], image: Image) -> list[str]:
    """The folders that must outlive the container and lie on no volume."""
    named = [
        PurePosixPath(target) for source, target, _ in volumes(service) if not source.startswith((".", "/"))
    ]
    wanted = [PurePosixPath(fill(path, env)) for path in image.kept]
    return [str(path) for path in wanted if not any(path.is_relative_to(each) for each in named)]


def may_write(is_of: str, service: Service, image: Image) -> bool:
    """By owner, group and mode, for the user of the service; root needs a capability as anybody else."""
    ids, mode = is_of.split()
    owner, group = ids.split(":")
    uid, gid = str(service.get("user", image.user)).split(":")
    bits = int(mode, 8) >> (6 if owner == uid else 3 if group == gid else 0)
    return bool(bits & 2) or "DAC_OVERRIDE" in service.get("cap_add", []) or not service.get("cap_drop")


def lay(root: Path, contract: Contract, service: Service, files: Mapping[str, bytes]) -> None:
    """The image's folders, then Compose's mounts on them; `files` are those of the release."""
    image = contract.image or Image(user="0:0")
    for path, is_of in {"/tmp": "0:0 1777", **image.folders}.items():  # noqa: S108 (the container's)
        _folder(root, path, may=not service.get("read_only") and may_write(is_of, service, image))
    for source, target, writable in volumes(service):
        if source.startswith("./current/"):
            _bind(root, target, source.removeprefix("./current/"), files)
        elif not source.startswith("/"):
            # An empty volume gets what the image has there; else it is as the deploy made it: the service's.
            own = target not in image.folders
            _folder(root, target, may=writable and (own or may_write(image.folders[target], service, image)))
    for written in service.get("tmpfs", []):
        path, _, options = written.partition(":")
        uid = re.search(r"uid=(\d+)", options)
        is_of = f"{uid[1]}:0 755" if uid else "0:0 1777"
        _folder(root, path, may=may_write(is_of, service, image))
    (root / "sys/fs/cgroup").mkdir(parents=True)
    (root / "sys/fs/cgroup/memory.max").write_text(f"{int(service['mem_limit'].rstrip('m')) * 1024**2}\n")
    (root / "etc").mkdir(exist_ok=True)
    named = (each.split(":", 1) for each in service.get("extra_hosts", []))
    (root / "etc/hosts").write_text("".join(f"{address}\t{name}\n" for name, address in named))
    (root / "etc/passwd").write_text("".join(_passwd(image, service)))
    freeze(root)


def _passwd(image: Image, service: Service) -> Iterator[str]:
    """Who runs the test is whom the service runs as."""
    mine = str(service.get("user", image.user)).partition(":")[0]
    for name, uid, gid, home in (account.split(":") for account in image.accounts):
        yield f"{name}:x:{os.getuid() if uid == mine else uid}:{gid}::{home}:\n"


def _folder(root: Path, path: str, *, may: bool) -> None:
    folder = root / path.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(MARKED if may else WRITABLE)


def _bind(root: Path, target: str, source: str, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        if name == source or name.startswith(f"{source}/"):
            path = root / target.lstrip("/") / name.removeprefix(source).lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def freeze(root: Path) -> None:
    """What was not laid as writable is not."""
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        folder.chmod(WRITABLE if folder.stat().st_mode & 0o777 == MARKED else FROZEN)
