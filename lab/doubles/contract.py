"""What a double has to honour, read from `contracts/NAME.toml`."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import Any, Self

from .image import Image

# Of the image that it stands for; lab/images.py builds it in.
VERSION = os.environ.get("DOUBLE_VERSION", "unknown")
CONTRACTS = Path(__file__).parent / "contracts"
PLACE = re.compile(
    r"\$\{(\w+)(?::-([^}]*))?\}"
)  # ${NAME} or ${NAME:-default}; an empty value counts as unset


def fill(template: str, env: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: env.get(place[1]) or place[2] or "", template)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A path, and the address it is served at when that is not the program's own."""

    path: str
    body: str = ""
    listen: str = ""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A sign-in over OIDC: `issuer` (read by discovery) or the URIs.

    A link leads to `path`; or a button of `page` posts to it; or a script asks it the way, and `user` then.
    """

    path: str
    callback: str
    redirect_uri: str
    client_id: str
    client_secret: str
    issuer: str = ""
    authorize: str = ""
    token: str = ""
    userinfo: str = ""
    jwks: str = ""
    page: str = ""
    user: str = ""
    scope: str = "openid profile email"

    def filled(self, env: Mapping[str, str]) -> Self:
        return type(self)(**{name: fill(value, env) for name, value in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class Need:
    """A dependency that is really used; written `kind = "setting=value setting=value"`."""

    kind: str
    settings: Mapping[str, str]

    @property
    def vital(self) -> bool:
        """One that is not is logged but leaves the program healthy, as with every real one."""
        return self.kind not in ("https", "loki", "smtp")


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One program: where it listens, what it says, which variables and dependencies it wants.

    `required`, `optional`: variable -> pattern of its whole value; in the file the other way round, so that
    many names share a pattern. `one_of`: exactly one of them is set.
    `from_file`: the form in which a value may come from a file: a suffix such as `_FILE`, or `file://`;
    `literal`: the variables for which that does not work.
    `config`: the YAML file that its settings are in; they count as variables, CONFIG_ before their path.
    Flags count as variables too, FLAG_ before their name; any that the contract does not name is refused.
    `late`: pattern of the variables that are read so late that the program gets healthy without them.
    `part`: code beyond the general server, a name in `parts.PARTS`.
    `image`: what must hold where it starts, or it ends.
    `sources`: what the file states -> where it was read, or why it was chosen so.
    """

    name: str
    listen: str
    health: Endpoint
    live: Endpoint | None = None
    metrics: Endpoint | None = None
    login: Login | None = None
    needs: tuple[Need, ...] = ()
    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    forbidden: Mapping[str, str] = field(default_factory=dict)
    one_of: tuple[tuple[str, ...], ...] = ()
    from_file: str = ""
    literal: tuple[str, ...] = ()
    config: str = ""
    late: str = ""
    part: str = ""
    image: Image | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


def load(name: str, directory: Path = CONTRACTS) -> Contract:
    """Read one contract; TypeError names a key that no contract has."""
    raw = _read(name, directory)
    for key, kind in {"health": Endpoint, "live": Endpoint, "metrics": Endpoint, "login": Login}.items():
        if key in raw:
            raw[key] = kind(**raw[key])
    if "image" in raw:
        lists = {key: tuple(value) for key, value in raw["image"].items() if isinstance(value, list)}
        raw["image"] = Image(**raw["image"] | lists)
    raw["needs"] = tuple(starmap(_need, raw.get("needs", {}).items()))
    raw["one_of"] = tuple(map(tuple, raw.get("one_of", [])))
    raw["literal"] = tuple(raw.get("literal", []))
    return Contract(name=name, **raw)


def _read(name: str, directory: Path) -> dict[str, Any]:
    """The file, over the one it `extends`: variables and `image` are merged, all else is replaced."""
    raw = tomllib.loads((directory / f"{name}.toml").read_text())
    base = _read(raw.pop("extends"), directory) if "extends" in raw else {}
    for key in ("required", "optional"):
        raw[key] = {name: form for form, names in raw.get(key, {}).items() for name in names.split()}
    tables = {key: {**base.get(key, {}), **raw.get(key, {})} for key in ("required", "optional", "forbidden")}
    if "image" in base:
        tables["image"] = {**base["image"], **raw.get("image", {})}
    return {**base, **raw, **tables}


def _need(kind: str, settings: str) -> Need:
    return Need(kind=kind, settings=dict(setting.split("=", 1) for setting in settings.split()))
