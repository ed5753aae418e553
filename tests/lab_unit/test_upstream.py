"""Whatever is said of an upstream says from where."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.build import FOLDERS
from lab.doubles.contract import CONTRACTS
from lab.recipes import programs
from tasks.settings import ROOT
from tests.support.upstream import FILES, is_public, is_source

RAW: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text()) for path in sorted(CONTRACTS.glob("*.toml"))
}
CLAUSES = {
    "serves": {"listen", "health", "live", "metrics"},
    "variables": {"required", "optional", "forbidden", "one_of", "literal", "late", "from_file"},
    "needs": {"needs"},
    "login": {"login"},
}
OF_IMAGE = {"first_start": "first_start_seconds", "memory": "memory_mb"}
"""What a contract gives a source of its own, beside `image`, which is all the rest of that."""
SOURCES = [source for raw in RAW.values() for given in raw["sources"].values() for source in given]
UPSTREAMS = {source.split()[0] for source in SOURCES if re.fullmatch(FILES, source)}
MENTION = re.compile(rf"(?<![\w./-])({'|'.join(sorted(map(re.escape, UPSTREAMS)))})(?![\w./:-])")


def stated(raw: Mapping[str, Any]) -> Iterator[str]:
    """What a contract says by itself, whatever the one says that it extends."""
    yield from (name for name, keys in CLAUSES.items() if keys & raw.keys())
    image = raw.get("image", {})
    yield from (name for name, key in OF_IMAGE.items() if key in image)
    if image.keys() - OF_IMAGE.values():
        yield "image"


def mentions() -> Iterator[str]:
    """Each time a comment names an upstream: the file, and what follows."""
    folders = ("catalogue", "files", "images", "lab/doubles", "templates")
    for path in (path for folder in folders for path in sorted(Path(ROOT, folder).rglob("*"))):
        if path.is_file() and path.suffix not in (".json", ".pyc", ".toml"):
            text = re.sub(r"\s*\n\s*(#|//|--)?\s*", " ", path.read_text())
            yield from (f"{path.name}: {text[found.start() :][:200]}" for found in MENTION.finditer(text))


@pytest.mark.parametrize("name", RAW)
def test_a_contract_gives_a_source_for_all_that_it_says_and_for_nothing_else(name: str) -> None:
    assert set(RAW[name].get("sources", {})) == set(stated(RAW[name]))


@pytest.mark.parametrize("name", RAW)
def test_a_contract_s_sources_can_be_opened_or_are_said_to_be_ours(name: str) -> None:
    sources = RAW[name]["sources"]

    assert [clause for clause, given in sources.items() if not given or not all(map(is_source, given))] == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "upstream",
        "grafana/loki",
        "Dockerfile of grafana/loki v3.7.6",
        "grafana/loki v3.7.6",
        "grafana/loki main, Dockerfile",
        "npm's n8n",
        "ours: guess",
    ],
)
def test_a_source_that_nobody_could_open_is_none(source: str) -> None:
    assert not is_source(source)


def test_what_is_ours_is_nothing_that_others_say() -> None:
    assert not is_public("ours: generous, since nobody knows")


@pytest.mark.parametrize("folder", sorted({str(program["folder"]) for program in programs().values()}))
def test_an_image_of_a_real_program_names_the_file_that_it_was_made_after(folder: str) -> None:
    text = (FOLDERS / folder / "Dockerfile").read_text().replace("\n#", "")

    assert re.search(FILES, text)


def test_a_comment_that_names_an_upstream_names_version_and_file() -> None:
    named = list(mentions())

    assert [each for each in named if not re.match(FILES, each.partition(": ")[2])] == []
    assert len(named) > 20
