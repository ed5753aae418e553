"""The image under all images of the lab: Debian trixie, small, trusting the lab CA."""

from pathlib import Path
from typing import Final

from lab import build, layout, packages, shell
from lab.build import File, Recipe
from lab.engine import Engine
from lab.progress import step

ROOTFS_IMAGE: Final = "guildhall/rootfs:trixie"
ROOTFS: Final = layout.CACHE / "rootfs-trixie.tar"
# No documentation and no translations, now and of what is installed later: a third of the size.
SMALL: Final = tuple(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "man", "locale"))
DOCKERFILE: Final = Path(__file__).parent / "base.Dockerfile"


def download() -> None:
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


def ensure(engine: Engine) -> None:
    """Make the base image unless the engine has it."""
    if not engine.ok("image", "inspect", ROOTFS_IMAGE):
        download()
        engine.docker("import", str(ROOTFS), ROOTFS_IMAGE)
    build.ensure(engine, recipe())


def recipe() -> Recipe:
    """What the base image is made of, on top of the root filesystem."""
    certificate = File(content=layout.CA_PEM.read_bytes())
    return Recipe(
        name=layout.BASE_IMAGE,
        files={"Dockerfile": File(content=DOCKERFILE.read_bytes()), "lab.crt": certificate},
    )


def mark() -> File:
    """A file for the context of each image on top of the base: another base means another image."""
    return File(content=recipe().digest.encode())
