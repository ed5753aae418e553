"""Images the lab builds for itself, from contexts made in memory; an image counts only once it is tagged."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from lab import layout
from lab.engine import Engine
from lab.progress import step

RECIPE_LABEL: Final = "guildhall.recipe"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to put into a build context or a container; owned by root and the group `gid`."""

    content: bytes
    mode: int = 0o644
    gid: int = 0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An image: its full name, and the files it is built from, a Dockerfile among them."""

    name: str
    files: Mapping[str, File]

    @property
    def digest(self) -> str:
        """The same for the same files."""
        return sha256(archive(self.files)).hexdigest()


def ensure(engine: Engine, recipe: Recipe) -> None:
    """Build an image unless the engine has it from exactly these files."""
    template = f'{{{{index .Config.Labels "{RECIPE_LABEL}"}}}}'
    if recipe.digest in engine.answer("image", "inspect", "--format", template, recipe.name):
        return
    labels = (f"{RECIPE_LABEL}={recipe.digest}", f"{layout.LABEL}={layout.ROOT}")
    flags = [word for label in labels for word in ("--label", label)]
    with step(f"image {recipe.name}"):
        context = archive(recipe.files)
        engine.docker("build", "--network", "host", *flags, "--tag", recipe.name, "-", data=context)


def archive(files: Mapping[str, File]) -> bytes:
    """A tar archive of the files, equal for equal files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, file in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.gid = len(file.content), file.mode, file.gid
            tar.addfile(info, io.BytesIO(file.content))
    return buffer.getvalue()
