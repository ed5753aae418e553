"""What is wrong in a Python file that a person writes, in one line with its place."""

import traceback
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
WRITTEN: Final = ("catalogue/apps/", "catalogue/shared.py", "group_data/", "inventory.py", "deploys/")
"""Python that people write to say what they want; all else is the program."""
DEBUG: Final = "GUILDHALL_DEBUG"
"""An environment variable: set, every mistake shows its whole traceback."""


def told(error: BaseException) -> str | None:
    """`FILE line N: what is wrong; correct it there`; None if no file that a person writes is to blame."""
    place, what = _place(error), _what(error)
    # Our own refusals say what to do.
    return place and f"{place}: {what}{'' if '; ' in what else '; correct it there'}"


def _place(error: BaseException) -> str | None:
    frames = [(each.filename, each.lineno) for each in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    found = [(name, line) for file, line in frames if (name := _name(file)).startswith(WRITTEN)]
    if not found:
        return None
    name, line = found[-1]
    return f"{name} line {line}" if line else name


def _name(file: str) -> str:
    """The file's path below the repository's root; empty if it is elsewhere."""
    path = Path(file).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""


def _what(error: BaseException) -> str:
    said = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    if isinstance(error, SystemExit):
        return "it ends the whole program"
    plain = isinstance(error, (ValueError, TypeError)) and said
    return said if plain else f"{type(error).__name__}: {said}".removesuffix(": ")
