"""Whatever is damaged of all that a person edits is taken, or refused in one line: `make fuzz` tries more."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.model import DEBUG
from tests.support.damages import BYTES, CANARY, NASTY, WAYS, editable, grounds, outcome

EXAMPLES = int(os.environ.get("DAMAGES", "20"))
LONGEST = 1000
"""Characters of a refusal; the longest name all apps, or show a line of somebody's YAML."""

Way = Callable[[str, int, str], str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with grounds(tmp_path_factory.mktemp("damages")) as copy:
        yield copy


def checked(path: str, said: str) -> None:
    """A refusal is a line for a person; one of secrets has a line for each, and shows none."""
    first, *more = said.split("\n")
    assert not more or path.startswith(".secrets"), said
    assert all(line.isprintable() for line in (first, *more)), said
    assert len(first) <= LONGEST, said
    assert "Guildhall's own" not in said, said
    assert "Traceback" not in said
    assert CANARY not in said


def test_each_kind_of_file_is_good_as_it_is(root: Path) -> None:
    paths = editable(root)

    assert {path.partition("/")[0] for path in paths} == {
        *("catalogue", "group_data", "templates", "files", "deploys"),
        *(".env", ".secrets.lab.env", "images.lock", "terraform.tfstate"),
    }
    once = {path.partition("/")[0]: path for path in paths}.values()
    assert {path: said for path in once if (said := outcome(root, path, (root / path).read_bytes()))} == {}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    which=st.integers(0, 10**6),
    at=st.integers(0, 10**6),
    way=st.sampled_from(WAYS),
    what=st.sampled_from(NASTY),
)
def test_a_damage_is_taken_or_refused_in_one_line(
    root: Path, which: int, at: int, way: Way, what: str
) -> None:
    paths = editable(root)
    path = paths[which % len(paths)]
    text = (root / path).read_bytes().decode(errors="replace")

    checked(path, outcome(root, path, way(text, at, what).encode()))


@pytest.mark.parametrize("damage", BYTES)
def test_a_file_that_is_no_text_is_refused_in_one_line_whatever_kind_it_is(root: Path, damage: bytes) -> None:
    kinds = {path.partition("/")[0]: path for path in editable(root) if not path.startswith("files/")}

    for path in kinds.values():
        said = outcome(root, path, damage + (root / path).read_bytes())
        checked(path, said)
        assert "UTF-8" in said or "utf-8" in said or path == "terraform.tfstate", said


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DEBUG, raising=False)
