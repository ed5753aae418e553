"""Where secrets are kept: bundles (`outline`, `smtp`) of named values."""

from collections.abc import Mapping
from typing import Protocol

from tasks.secrets.dotenv import DotenvStore
from tasks.settings import ROOT, Settings, check_lab


class Store(Protocol):
    """A place that keeps bundles; every method raises ValueError, in one line that shows no value."""

    place: str
    """What a person calls it: product and path, or file."""
    doubt: str
    """What may be wrong where it holds nothing at all, as part of a sentence."""

    def names(self) -> list[str]:
        """The bundles that exist, sorted."""
        ...

    def read(self, bundle: str) -> dict[str, str] | None:
        """A bundle's values, None if there is no such bundle; looked up once per run."""
        ...

    def write(self, bundle: str, values: Mapping[str, str], *, replace: bool = False) -> None:
        """Add values to a bundle; a key that it has keeps its value unless `replace` is said."""
        ...


def open_store(settings: Settings) -> Store:
    """The store that the settings choose; ValueError says what it needs and does not have."""
    if settings.store == "dotenv":
        return DotenvStore(ROOT / f".secrets.{settings.environment}.env")
    check_lab(settings, ROOT)
    from tasks.secrets.scaleway import ScalewayStore  # noqa: PLC0415 - its SDK takes a while to come

    return ScalewayStore(settings.environment)
