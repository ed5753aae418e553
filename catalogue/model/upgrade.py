"""How an app gets from one version to the next."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """How an app gets from one version to the next."""

    step: Literal["any", "major", "minor", "listed"]
    """The greatest step it can take at once: any; to the next major, minor, or next of `versions`."""
    one_way: bool
    """It changes its database or files so that the version before cannot use them."""
    versions: tuple[str, ...] = ()
    """Every version that it must pass, in order, where numbers do not say which one is next."""
