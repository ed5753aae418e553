"""Secrets: names and rules, never values."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require
from catalogue.model.forms import Name, Variable


def _invisible(value: str) -> str | None:
    """What came along unseen when a value was copied; keys of several lines end with a line's end."""
    if "\r" in value:
        return "must not contain carriage returns, which files from Windows have"
    if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in value):
        return "must not contain control characters"
    if value.endswith("\n") and value.count("\n") == 1:
        return "must not end with a line's end"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Record):
    """How a secret's value is made, and by that what a good one looks like."""

    kind: Literal["hex", "password", "given"]
    size: int
    """hex: bytes; password: characters; given (a person brings it): least characters."""

    def validate(self) -> None:
        least = {"hex": 16, "password": 24, "given": 1}[self.kind]
        require(
            self.size >= least, f"secret rule '{self.kind} {self.size}' is too short; use at least {least}"
        )

    def problem(self, value: str) -> str | None:
        """What is wrong with a value, in words that do not show it; None if nothing is."""
        if wrong := _invisible(value):
            return wrong
        if self.kind == "hex":
            good = re.fullmatch(rf"[0-9a-f]{{{2 * self.size}}}", value)
            return None if good else f"must be {2 * self.size} lower-case hexadecimal digits"
        if self.kind == "password" and not (value.isascii() and value.isprintable()):
            return "must be printable ASCII in one line"
        return None if len(value) >= self.size else f"must have at least {self.size} characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Record):
    """A value in the secret store and the variable that carries it into the app's `.env`."""

    name: Variable
    rule: Rule
    bundle: Name | None = None
    """The shared entry of the store it is read from (`smtp`); None: the app's own."""
    key: Variable | None = None
    """Its name in that entry; None: the same name."""
