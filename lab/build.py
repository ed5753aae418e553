"""Images the lab builds for itself, from contexts made in memory; an image counts only once it is tagged."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from lab import layout, packages, shell
from lab.engine import Engine
from lab.progress import step

FOLDERS: Final = Path(__file__).parent / "images"
RECIPE_LABEL: Final = "guildhall.recipe"
BASE: Final = "guildhall/base:trixie"  # of every image the lab makes; trusts the lab CA
ROOTFS_IMAGE: Final = "guildhall/rootfs:trixie"
ROOTFS: Final = layout.CACHE / "rootfs-trixie.tar"
# No documentation and no translations, now and of what is installed later: a third of the size.
SMALL: Final = tuple(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "man", "locale"))


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to put into a build context; owned by root."""

    content: bytes
    mode: int = 0o644


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An image: its full name, the files it is built from, a Dockerfile among them, and what it builds on."""

    name: str
    files: Mapping[str, File]
    under: str = ""

    @property
    def digest(self) -> str:
        """The same for the same files on the same image."""
        return sha256(self.under.encode() + archive(self.files)).hexdigest()


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


def ensure_base(engine: Engine) -> None:
    """Build the image under all others unless the engine has it."""
    if not engine.ok("image", "inspect", ROOTFS_IMAGE):
        _make_rootfs()
        engine.docker("import", str(ROOTFS), ROOTFS_IMAGE)
    ensure(engine, base())


def base() -> Recipe:
    """What the base image is made of, on top of the root filesystem."""
    certificate = File(content=layout.CA_PEM.read_bytes())
    return Recipe(name=BASE, files={**folder(FOLDERS / "base"), "lab.crt": certificate})


def on_base(name: str, files: Mapping[str, File]) -> Recipe:
    """An image on top of the base image."""
    return Recipe(name=name, files=files, under=base().digest)


def folder(path: Path) -> dict[str, File]:
    """The files of a folder, by their path in it."""
    paths = (each for each in path.rglob("*") if each.is_file() and "__pycache__" not in each.parts)
    return {str(each.relative_to(path)): _file(each) for each in paths}


def archive(files: Mapping[str, File]) -> bytes:
    """A tar archive of the files, equal for equal files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, file in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(file.content), file.mode
            tar.addfile(info, io.BytesIO(file.content))
    return buffer.getvalue()


def _file(path: Path) -> File:
    return File(content=path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644)


def _make_rootfs() -> None:
    """Make the root filesystem from Debian packages, once."""
    if ROOTFS.exists():
        return
    packages.ensure("mmdebstrap", "mmdebstrap")
    part = ROOTFS.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    with step("Debian root filesystem"):
        options = ("--variant=minbase", "--include=ca-certificates", "--format=tar", *SMALL)
        shell.run(["mmdebstrap", *options, "trixie", str(part)])
        part.rename(ROOTFS)  # a file of this name is a whole one
