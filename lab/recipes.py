"""How images are made that no registry has: the tables of lab/images/recipes.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from catalogue.model import App
from lab.build import FOLDERS

RECIPES: Final = FOLDERS / "recipes.toml"


def doubles() -> Mapping[str, str]:
    """Image name without tag -> folder, of those whose program is a double."""
    return recipes()["doubles"]


def programs() -> Mapping[str, Mapping[str, Any]]:
    """Image name without tag -> folder, version and more, of those whose program is the real one."""
    return recipes()["programs"]


def plain() -> Mapping[str, Mapping[str, Any]]:
    """Image name without tag -> port and health, of those whose double is made of that line alone."""
    return recipes()["plain"]


def can_be_made(app: App) -> bool:
    """Whether every image of an app can be had without a registry."""
    made = {*doubles(), *plain(), *programs()}
    return all(service.image.repository in made for service in app.services)


@cache
def recipes() -> Mapping[str, Mapping[str, Any]]:
    """All that lab/images/recipes.toml says, by its tables."""
    return tomllib.loads(RECIPES.read_text())
