"""Texts that lie beside the tests, so that a reviewer sees what a change does to them; see `make golden`."""

import os
from collections.abc import Mapping
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
WRITE = os.environ.get("GOLDEN") == "write"


def same(folder: str, found: Mapping[str, str]) -> None:
    """The folder below tests/ holds exactly these texts by path; in `make golden` it is made so."""
    root = TESTS / folder
    if WRITE:
        _written(root, found)
    kept = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    assert dict(found) == kept, f"tests/{folder} differs; if that is what you want: make golden, git diff"


def _written(root: Path, found: Mapping[str, str]) -> None:
    for old in [path for path in root.rglob("*") if path.is_file()]:
        old.unlink()
    for path, text in found.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
