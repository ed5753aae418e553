"""The images of all programs, put where the hosts pull them from: the lab's registry.

An image that the engine has or can pull is taken and made to trust the lab CA. Else it is made by its recipe
in lab/images/recipes.toml. Only the registry knows it by its name: in an engine that is not the lab's own, a
double must not pass for the real one.
"""

import tomllib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import requests

from catalogue import APPS
from lab import build, layout, packages, shell
from lab.build import FOLDERS, RECIPE_LABEL, File, Recipe
from lab.doubles.contract import CONTRACTS, load
from lab.doubles.image import Image
from lab.engine import Engine
from lab.errors import LabError
from lab.progress import step

RECIPES: Final = FOLDERS / "recipes.toml"
DOUBLES: Final = Path(__file__).parent / "doubles"
DOUBLE_BASE: Final = "guildhall/double:latest"
MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
PROBE_SECONDS: Final = 5
BUILDERS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Made:
    """An image in the lab's registry: `real` or `double`, and the version of the program inside."""

    reference: str
    kind: str
    version: str


def wanted() -> list[str]:
    """Every image of the catalogue, by its full name and tag."""
    return sorted({service.image.reference for app in APPS for service in app.services})


def ensure_images(engine: Engine, references: Iterable[str]) -> list[Made]:
    """Put the images into the registry that are not there as they should be; LabError if one cannot."""
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
        made, recipe = self.recipe(reference)
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
        """How the image is made: of the real one if there is one; LabError if there is no recipe either."""
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


def registry_name(reference: str) -> str:
    """How the lab's registry calls an image, as seen from this machine."""
    return f"{layout.REGISTRY_LOCAL}/{reference}"


def registry_digest(reference: str) -> str:
    """The recipe that the registry's image was made by; empty if it has none of that name."""
    repository, _, tag = reference.rpartition(":")
    url = f"https://{layout.REGISTRY_LOCAL}/v2/{repository}"
    try:
        manifest = _get(f"{url}/manifests/{tag}")
        config = _get(f"{url}/blobs/{manifest['config']['digest']}") if manifest else {}
    except requests.RequestException as error:
        raise LabError(f"the lab's registry does not answer: {error} (`guildhall lab status`)") from None
    return str((config.get("config", {}).get("Labels") or {}).get(RECIPE_LABEL, ""))


def _get(url: str) -> dict[str, Any]:
    answer = requests.get(url, headers={"Accept": MANIFEST}, verify=str(layout.CA_PEM), timeout=10)
    if answer.status_code == requests.codes.not_found:
        return {}
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


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
    """What the lab makes in the place of an image; LabError if there is no recipe."""
    name, _, tag = reference.rpartition(":")
    if name in doubles():
        return _double(reference, doubles()[name], tag.removeprefix("v"))
    if name not in programs():
        hint = f"add it to {RECIPES.relative_to(layout.ROOT)}, or pull it into the engine by hand"
        raise LabError(f"image {reference}: no registry has it and there is no recipe; {hint}")
    program = programs()[name]
    made = Made(reference=reference, kind="real", version=program["version"])
    return made, build.on_base(registry_name(reference), _context(program["folder"]))


def _double(reference: str, folder: str, version: str) -> tuple[Made, Recipe]:
    """The double calls itself by the version of the image that it stands for."""
    files = _context(folder)
    told = f"{_shape(folder)}ENV DOUBLE_VERSION={version}\n".encode()
    files["Dockerfile"] = File(content=files["Dockerfile"].content + told)
    made = Made(reference=reference, kind="double", version=version)
    return made, Recipe(name=registry_name(reference), files=files, under=double_base().digest)


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


def doubles() -> Mapping[str, str]:
    """Image name without tag -> folder, of those whose program is a double."""
    return recipes()["doubles"]


def programs() -> Mapping[str, Mapping[str, Any]]:
    """Image name without tag -> folder, version and more, of those whose program is the real one."""
    return recipes()["programs"]


@cache
def recipes() -> Mapping[str, Mapping[str, Any]]:
    """All that lab/images/recipes.toml says, by its tables."""
    return tomllib.loads(RECIPES.read_text())


def double_base() -> Recipe:
    """The image under every double."""
    code = {f"doubles/{path}": file for path, file in build.folder(DOUBLES).items()}
    return build.on_base(DOUBLE_BASE, _context("double") | code)
