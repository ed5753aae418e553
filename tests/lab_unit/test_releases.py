"""Tags and ways to upgrade, held against what is known of each image's releases: lab/images/releases.toml."""

import tomllib
from itertools import combinations, pairwise
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import App
from catalogue.views import refusal, version
from lab import images
from lab.build import FOLDERS
from tests.support.upstream import is_public

KNOWN: dict[str, dict[str, Any]] = tomllib.loads((FOLDERS / "releases.toml").read_text())
TAGS = {
    name: [tag for tags in known["releases"].values() for tag in tags.split()]
    for name, known in KNOWN.items()
}
OF_APPS = [app for app in APPS if app.services[0].image.repository in KNOWN]
APP = [pytest.param(app, id=app.name) for app in OF_APPS]
OF_IMAGES = [each for each in images.wanted() if each.rpartition(":")[0] in KNOWN]


def of(app: App) -> dict[str, Any]:
    """What is known of the image that gives an app its version."""
    return KNOWN[app.services[0].image.repository]


def releases(app: App) -> list[str]:
    return sorted(TAGS[app.services[0].image.repository], key=version)


def series(app: App, tag: str) -> tuple[int, ...]:
    """What of a version no step may jump over."""
    return version(tag)[: of(app).get("passes", 0)]


def jumped(app: App, old: str, new: str) -> set[tuple[int, ...]]:
    """The series between two releases that its makers want passed."""
    return {
        series(app, each) for each in releases(app) if series(app, old) < series(app, each) < series(app, new)
    }


@pytest.mark.parametrize("reference", OF_IMAGES)
def test_a_tag_is_one_that_is_known_to_exist(reference: str) -> None:
    name, _, tag = reference.rpartition(":")

    assert tag in TAGS[name]


@pytest.mark.parametrize("name", KNOWN)
def test_of_each_release_it_is_said_where_one_can_read_of_it(name: str) -> None:
    sources = [source for each in KNOWN[name]["releases"] for source in each.split("; ")]

    assert [source for source in sources if not is_public(source)] == []
    assert len(TAGS[name]) == len(set(TAGS[name])) > 0


@pytest.mark.parametrize("name", KNOWN)
def test_a_rule_for_upgrades_is_one_of_its_makers(name: str) -> None:
    known = KNOWN[name]

    assert ("rule" in known) == bool(known.keys() & {"passes", "one_way"})
    assert "rule" not in known or is_public(known["rule"])


def test_of_no_other_image_releases_are_kept() -> None:
    assert KNOWN.keys() <= {reference.rpartition(":")[0] for reference in images.wanted()}


@pytest.mark.parametrize("app", APP)
def test_no_step_jumps_over_what_its_makers_want_passed(app: App) -> None:
    for old, new in combinations(releases(app), 2):
        assert refusal(app, old, new) or not jumped(app, old, new), f"{old} to {new}"


@pytest.mark.parametrize("app", APP)
def test_the_step_to_the_next_release_is_open(app: App) -> None:
    for old, new in pairwise(releases(app)):
        assert refusal(app, old, new) is None


@pytest.mark.parametrize("app", APP)
def test_there_is_no_way_back_where_data_were_changed_and_one_elsewhere(app: App) -> None:
    one_way = of(app).get("one_way", False)

    assert app.upgrade.one_way == one_way
    for old, new in pairwise(releases(app)):
        assert bool(refusal(app, new, old)) == one_way


@pytest.mark.parametrize("app", [app for app in OF_APPS if app.upgrade.versions], ids=lambda app: app.name)
def test_versions_that_a_record_lists_are_those_of_releases_or_announced(app: App) -> None:
    known = {series(app, tag) for tag in (*releases(app), *of(app).get("announced", ()))}

    assert {version(each) for each in app.upgrade.versions} == known
    assert list(app.upgrade.versions) == sorted(app.upgrade.versions, key=version)
