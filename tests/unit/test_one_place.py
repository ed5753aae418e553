"""A version of an image stands in its record, and in what is made from the records; nowhere else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue import APPS
from tasks.settings import ROOT

IMAGES = sorted({service.image for app in APPS for service in app.services}, key=str)
NAMES = "|".join(re.escape(image.repository) for image in IMAGES)
MENTION = re.compile(rf'({NAMES})(:|",\s*tag=")v?[a-z]*-?\d[\w.-]*')
MADE = ("images.lock", "tests/golden", "tests/plans")
RECORDS = ("catalogue/apps", "catalogue/shared.py", "tests/fixtures")
SHOWN = ("docs/operating.md",)
"""What a command prints, as an example."""
ELSEWHERE = (".git", ".venv", ".lab", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the repository."""
    for path in folder.iterdir():
        name = str(path.relative_to(ROOT))
        if name in (*ELSEWHERE, *MADE, *RECORDS, *SHOWN) or path.name in ("__pycache__", ".git"):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def mentions(text: str) -> list[str]:
    return [found[0] for found in MENTION.finditer(text)]


def test_no_other_file_names_a_version_of_an_image() -> None:
    found = {str(path.relative_to(ROOT)): mentions(path.read_text(errors="replace")) for path in files()}

    assert {path: named for path, named in found.items() if named} == {}


@pytest.mark.parametrize("image", IMAGES, ids=str)
def test_a_version_would_be_found(image: object) -> None:
    (known,) = (each for each in IMAGES if each == image)

    assert mentions(f"FROM {known.reference}\n") == [known.reference]
    assert mentions(f'Image(repository="{known.repository}",\n  tag="{known.tag}")')
