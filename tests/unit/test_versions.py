"""Which steps from version to version an app can take, and what a plan says of them."""

from dataclasses import replace
from typing import Literal

import pytest

from catalogue.model import App, Site, Upgrade
from catalogue.views import versions
from tasks.stacks.changes import change
from tests.support.site import app, at_version, release_of
from tests.unit.test_changes import applied

Step = Literal["any", "major", "minor", "listed"]
KNOWN = ("2025.12", "2026.2", "2026.5", "2026.8")


def upgrading(step: Step, *, one_way: bool = True) -> App:
    """An app at 2026.8.3, whose record says how far it may go at once."""
    upgrade = Upgrade(step=step, one_way=one_way, versions=KNOWN if step == "listed" else ())
    return at_version(app("authentik"), "2026.8.3", upgrade)


@pytest.mark.parametrize(
    ("step", "old", "new", "allowed"),
    [
        ("any", "1.9.2", "4.0.0", True),
        ("major", "33.0.8-apache", "34.0.3-apache", True),
        ("major", "33.0.8-apache", "35.0.2-apache", False),
        ("major", "v9.1", "v9.7", True),
        ("minor", "0.30.7", "0.31.4", True),
        ("minor", "0.30.7", "0.32.0", False),
        ("minor", "0.30.7", "1.0.0", True),
        ("minor", "0.30.7", "2.0.0", False),
        ("minor", "0.31.1", "0.31.4", True),
        ("minor", "9", "9.1", True),
        ("minor", "9", "9.2", False),
        ("major", "v9", "v11.1", False),
        ("minor", "1.5.0", "1.6.2", True),
        ("minor", "1.5.0", "2.0.0", True),
        ("minor", "1.5.0", "2.3.0", True),
        ("minor", "1.5.0", "3.0.0", False),
        ("listed", "2026.5.1", "2026.8.3", True),
        ("listed", "2026.2.4", "2026.8.3", False),
        ("listed", "2025.12.1", "2026.2.0", True),
    ],
)
def test_a_step_is_allowed_or_not(step: Step, old: str, new: str, allowed: bool) -> None:
    assert (versions.refusal(upgrading(step), old, new) is None) == allowed


def test_what_migrated_one_way_does_not_go_back() -> None:
    text = versions.refusal(upgrading("any"), "1.9.2", "1.8.0")

    assert (
        text == "authentik cannot go back from 1.9.2 to 1.8.0: its migrations are one-way; restore a backup"
    )
    assert versions.refusal(upgrading("any", one_way=False), "1.9.2", "1.8.0") is None


@pytest.mark.parametrize("step", ["any", "major", "minor", "listed"])
@pytest.mark.parametrize("old", ["", "edge"])
def test_what_runs_under_a_tag_without_a_number_is_said(step: Step, old: str) -> None:
    text = versions.refusal(upgrading(step), old, "2026.8.3")

    assert text
    assert text.startswith("authentik: a version cannot be read from ")


@pytest.mark.parametrize("old", ["2024.1.2", "2026.3.1", "2026"])
def test_a_deployed_version_that_the_list_does_not_know_is_named(old: str) -> None:
    text = versions.refusal(upgrading("listed"), old, "2026.8.3")

    assert text == f"authentik: its upgrade's versions do not list {old}; add it in its place"


def test_an_app_whose_versions_are_listed_must_list_its_own() -> None:
    record = upgrading("listed")
    with pytest.raises(ValueError, match=r"its upgrade's versions do not list 2026\.8\.3"):
        replace(record, upgrade=replace(record.upgrade, versions=("2026.2", "2026.5")))


def test_a_plan_says_that_a_migration_is_one_way(site: Site) -> None:
    newer = at_version(app("outline"), "999.1")
    found = change(release_of(newer, site), applied(release_of(app("outline"), site)))

    assert found
    assert found.refusal is None
    assert "starts outline anew; its migration is ONE-WAY: back up first" in found.text


def test_a_forbidden_step_is_refused_in_the_plan(site: Site) -> None:
    record = upgrading("listed")
    old = applied(release_of(record, site))
    old.stacks["authentik"].manifest["version"] = "2026.2.1"  # type: ignore[index]
    old.stacks["authentik"].version = "2026.2.1"
    old.stacks["authentik"].manifest["images"] = []  # type: ignore[index]
    found = change(release_of(record, site), old)

    assert found
    assert (
        found.refusal == "authentik cannot skip from 2026.2.1 to 2026.8.3; take one step at a time (listed)"
    )


@pytest.mark.parametrize("step", ["any", "major", "minor", "listed"])
def test_a_change_within_a_version_is_no_step_at_all(step: Step) -> None:
    assert versions.refusal(upgrading(step), "2026.8.3", "2026.8.3") is None
    assert versions.refusal(upgrading(step), "2026.8.3", "v2026.8.3-slim") is None
    assert not versions.one_way(upgrading(step), "2026.8.3", "v2026.8.3-slim")


def test_only_what_migrates_one_way_and_changes_its_version_is_a_one_way_step() -> None:
    assert versions.one_way(upgrading("any"), "1.9.2", "1.9.3")
    assert not versions.one_way(upgrading("any", one_way=False), "1.9.2", "1.9.3")


@pytest.mark.parametrize(("old", "new"), [("2026.5.1", "2027.1"), ("2019.1", "2026.8.3")])
def test_a_version_that_the_list_does_not_know_is_named(old: str, new: str) -> None:
    unlisted = new if new == "2027.1" else old

    assert versions.refusal(upgrading("listed"), old, new) == (
        f"authentik: its upgrade's versions do not list {unlisted}; add it in its place"
    )


@pytest.mark.parametrize(
    ("tag", "numbers"),
    [("34.0.3-apache", (34, 0, 3)), ("v9", (9,)), ("alpine-7.0.31", (7, 0, 31)), ("nightly", ())],
)
def test_a_version_is_the_numbers_of_its_tag(tag: str, numbers: tuple[int, ...]) -> None:
    assert versions.version(tag) == numbers
