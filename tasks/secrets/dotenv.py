"""Secrets in one file beside the checkout: enough for someone without a Scaleway account."""

import os
import stat
import tempfile
from collections.abc import Collection, Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

from tasks.settings import assignments, readable

SEPARATOR: Final = "__"


class DotenvStore:
    """A file with lines like `OUTLINE__SECRET_KEY='…'` that nobody but its owner can read."""

    def __init__(self, file: Path) -> None:
        self.file, self.place = file, file.name
        self.doubt = f"{file} is another file than you mean"

    def names(self) -> list[str]:
        return sorted({_bundle(name) for name in self._values(self._text()) if SEPARATOR in name})

    def read(self, bundle: str) -> dict[str, str] | None:
        return _of(bundle, self._values(self._text())) or None

    def write(self, bundle: str, values: Mapping[str, str], *, replace: bool = False) -> None:
        """Keep every other line and comment of the file as it is."""
        text = self._text()
        kept = self._values(text)
        old = _of(bundle, kept)
        wanted = {**old, **values} if replace else {**values, **old}
        changed = {_prefix(bundle) + key: value for key, value in wanted.items() if old.get(key) != value}
        if changed:
            self._replace(_without(text, changed.keys()) + lines(changed), kept | changed)

    def _text(self) -> str:
        if not self.file.exists():
            return ""
        mode = stat.S_IMODE(self.file.stat().st_mode)
        if mode & 0o077:
            raise ValueError(
                f"{self.place} has mode {mode:04o}, others can read it; type chmod 600 {self.place}"
            )
        return readable(self.file)

    def _values(self, text: str) -> dict[str, str]:
        return assignments(text, self.place)

    def _replace(self, text: str, expected: Mapping[str, str]) -> None:
        try:
            kept = self._values(text) == expected
        except ValueError:
            kept = False
        if not kept:
            raise ValueError(f"{self.place}: a value cannot be kept in a dotenv file; nothing was written")
        write_private(self.file, text)


def write_private(file: Path, text: str) -> None:
    """Replace a file in one step by one that only its owner can read, from birth."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _prefix(bundle: str) -> str:
    return bundle.upper().replace("-", "_") + SEPARATOR


def _of(bundle: str, values: Mapping[str, str]) -> dict[str, str]:
    """A bundle's values by their keys."""
    prefix = _prefix(bundle)
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _bundle(name: str) -> str:
    return name.partition(SEPARATOR)[0].lower().replace("_", "-")


def _without(text: str, names: Collection[str]) -> str:
    """The text without the lines of these names, ending in a newline if there is any line."""
    bindings = parse_stream(StringIO(text, newline=""))
    kept = "".join(binding.original.string for binding in bindings if binding.key not in names)
    return kept if not kept or kept.endswith("\n") else f"{kept}\n"


def lines(values: Mapping[str, str]) -> str:
    """A dotenv file's text: python-dotenv, without interpolation, reads these values from it again."""
    return "".join(f"{name}='{_escaped(value)}'\n" for name, value in values.items())


def _escaped(value: str) -> str:
    # python-dotenv's own writer leaves backslashes as they are, and a value that ends in one is then lost.
    return value.replace("\\", "\\\\").replace("'", "\\'")
