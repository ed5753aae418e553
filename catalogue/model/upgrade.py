"""How an app gets from one version to the next."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from catalogue.model.checks import Form, Record, require

Release = Annotated[
    str, Form("a version of two numbers, as in 2026.8", re.compile(r"\d+\.\d+", re.ASCII).fullmatch)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade(Record):
    """How an app gets from one version to the next."""

    step: Literal["any", "major", "minor", "listed"]
    """The greatest step it can take at once: any; to the next major, minor, or next of `versions`."""
    one_way: bool
    """It changes its database or files so that the version before cannot use them."""
    versions: tuple[Release, ...] = ()
    """Every version that it must pass, in order, where numbers do not say which one is next."""

    def validate(self) -> None:
        listed = self.step == "listed"
        require(bool(self.versions) == listed, "upgrade: `versions` go with step 'listed', and only with it")
        numbers = [tuple(map(int, each.split("."))) for each in self.versions]
        require(numbers == sorted(set(numbers)), "upgrade: `versions` are not in order; put the oldest first")

    def lists(self, tag: str) -> bool:
        """Whether its list, where it has one, knows the version of a tag."""
        found = re.search(r"\d+\.\d+", tag)
        return not self.versions or bool(found and found[0] in self.versions)
