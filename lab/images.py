"""The images of all programs, put where the hosts pull them from: the lab's registry.

An image that the engine has or can pull is taken and made to trust the lab CA. Else it is made by its recipe
in lab/images/recipes.toml; an app that has none is not tried. Only the registry knows it by its name: in an
engine that is not the lab's own, a double must not pass for the real one.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

import requests

from catalogue import APPS, views
from lab import build, layout, packages, plain_double, shell
from lab.build import FOLDERS, File, Recipe
from lab.doubles.contract import CONTRACTS, load
from lab.doubles.image import Image
from lab.engine import Engine
from lab.errors import LabError, NoRecipeError
from lab.progress import step
from lab.recipes import RECIPES, doubles, plain, programs, recipes
from lab.registry import registry_digest, registry_name

DOUBLES: Final = Path(__file__).parent / "doubles"
DOUBLE_BASE: Final = "guildhall/double:latest"
PROBE_SECONDS: Final = 5
BUILDERS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Made:
    """An image in the lab's registry: `real` or `double`, and the version of the program inside.

    `missing`: it could not be had, and the version is why.
    """

    reference: str
    kind: str
    version: str

    def __str__(self) -> str:
        kind = "not tried here: " if self.kind == "missing" else f"{self.kind:8}"
        return f"{self.reference:54}{kind}{self.version}"


def wanted() -> list[str]:
    """Every image of the catalogue, by its full name and tag."""
    return sorted({service.image.reference for app in APPS for service in app.services})


def untried(images: Iterable[Made]) -> dict[str, str]:
    """The apps that lack an image, with why."""
    missing = {made.reference: made.version for made in images if made.kind == "missing"}
    lacking = [
        (app.name, service.image.reference)
        for app in views.present(APPS)
        for service in app.services
        if service.image.reference in missing
    ]
    return {name: f"{reference}: {missing[reference]}" for name, reference in reversed(lacking)}


def ensure_images(engine: Engine, references: Iterable[str]) -> list[Made]:
    """Put the images into the registry that are not there as they should be, and can be had."""
    maker = Maker(engine)
    with ThreadPoolExecutor(BUILDERS) as pool:
        return list(pool.map(maker.ensure, references))


@dataclass
class Maker:
    """Makes images with one engine; a registry that does not answer is asked once."""

    engine: Engine
    silent: set[str] = field(default_factory=set)  # registries that did not answer
    lock: Lock = field(default_factory=Lock)  # of the double base, and of the asking

    def ensure(self, reference: str) -> Made:
        try:
            made, recipe = self.recipe(reference)
        except NoRecipeError as error:
            return Made(reference=reference, kind="missing", version=str(error))
        if registry_digest(reference) == recipe.digest:
            return made
        if made.kind == "double":
            with self.lock:
                build.ensure(self.engine, double_base())
        build.ensure(self.engine, recipe)
        with step(f"push of {reference}"):
            self.engine.docker("push", recipe.name)
        return made

    def recipe(self, reference: str) -> tuple[Made, Recipe]:
        """How the image is made: of the real one if there is one; NoRecipeError if there is none either."""
        return self._real(reference) or own_recipe(reference)

    def _real(self, reference: str) -> tuple[Made, Recipe] | None:
        if not self.has(reference):
            return None
        image_id = self.engine.docker("image", "inspect", "--format", "{{.Id}}", reference)
        made = Made(reference=reference, kind="real", version=reference.rpartition(":")[2])
        return made, trusting_recipe(reference, image_id)

    def has(self, reference: str) -> bool:
        """Whether the engine has the real image, or has pulled it now."""
        return self.engine.ok("image", "inspect", reference) or self._pulled(reference)

    def _pulled(self, reference: str) -> bool:
        if not self._offered(reference):
            return False
        with step(f"pull of {reference}"):
            return self.engine.ok("pull", reference)

    def _offered(self, reference: str) -> bool:
        """Whether a registry answers and has the image; a pull alone could hang for minutes."""
        registry = reference.partition("/")[0]
        with self.lock:
            if registry in self.silent:
                return False
            try:
                ask = ("timeout", str(PROBE_SECONDS), "docker", "manifest", "inspect", reference)
                shell.run(ask, env=self.engine.env)
            except LabError as error:
                if "no such manifest" not in str(error):
                    self.silent.add(registry)
                return False
            return True


def trusting_recipe(reference: str, image_id: str) -> Recipe:
    """A real image as it is, with the lab CA added."""
    bundle = Path(requests.certs.where()).read_bytes() + layout.CA_PEM.read_bytes()
    files = {
        "Dockerfile": File(
            content=f"FROM {reference}\n".encode() + (FOLDERS / "trust" / "Dockerfile").read_bytes()
        ),
        "ca-certificates.crt": File(content=bundle),
    }
    return Recipe(name=registry_name(reference), files=files, under=image_id)


def own_recipe(reference: str) -> tuple[Made, Recipe]:
    """What the lab makes in the place of an image; NoRecipeError if nothing says how."""
    name, _, tag = reference.rpartition(":")
    version = tag.removeprefix("v")
    if name in doubles():
        return _double(reference, version, _shaped(doubles()[name]))
    if name in plain():
        return _double(reference, version, plain_double.files(reference, plain()[name], APPS))
    if name not in programs():
        raise NoRecipeError(
            f"no registry has it; a line in {RECIPES.relative_to(layout.ROOT)} makes a double"
        )
    program = programs()[name]
    made = Made(reference=reference, kind="real", version=program["version"])
    return made, build.on_base(registry_name(reference), _context(program["folder"]))


def _double(reference: str, version: str, files: Mapping[str, File]) -> tuple[Made, Recipe]:
    """The double calls itself by the version of the image that it stands for."""
    files = _with(files, f"ENV DOUBLE_VERSION={version}\n")
    made = Made(reference=reference, kind="double", version=version)
    return made, Recipe(name=registry_name(reference), files=files, under=double_base().digest)


def _shaped(folder: str) -> dict[str, File]:
    """The context of a double with a contract."""
    return _with(_context(folder), _shape(folder))


def _with(files: Mapping[str, File], steps: str) -> dict[str, File]:
    """The context with further steps in its Dockerfile."""
    dockerfile = File(content=files["Dockerfile"].content + steps.encode())
    return {**files, "Dockerfile": dockerfile}


def _shape(folder: str) -> str:
    """The steps that give a double the accounts, folders and commands of its contract."""
    for name in _contracts(folder):
        if image := load(name).image:
            return f"USER 0:0\nRUN python3 -m doubles.shape {name}\nUSER {image.user}\n"
    return ""


def _contracts(folder: str) -> list[str]:
    """Those of the services of an image."""
    return sorted(path.stem for path in CONTRACTS.glob(f"{folder}*.toml")) if folder else []


def contract_image(folder: str) -> Image | None:
    """What the contract of a double says of the real image."""
    return next(filter(None, (load(name).image for name in _contracts(folder))), None)


def _context(folder: str) -> dict[str, File]:
    files = build.folder(FOLDERS / folder)
    if wheel := recipes()["wheels"].get(folder):
        files["wheel.whl"] = File(content=packages.wheel(wheel).read_bytes())
    return files


def double_base() -> Recipe:
    """The image under every double."""
    code = {f"doubles/{path}": file for path, file in build.folder(DOUBLES).items()}
    return build.on_base(DOUBLE_BASE, _context("double") | code)
