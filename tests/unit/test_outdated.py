"""What is newer than an image of the catalogue, and how far its app may go at once."""

from dataclasses import replace

import pytest

from catalogue.model import App, Upgrade
from tasks.images import outdated
from tests.support.site import app


def tagged(name: str, tag: str, upgrade: Upgrade) -> App:
    """An app of the catalogue with one service, at a version of the test's own."""
    record = app(name)
    service = record.services[0]
    return replace(
        record,
        services=(replace(service, image=replace(service.image, tag=tag)),),
        routes=(),
        oidc=None,
        upgrade=upgrade,
    )


ANY = Upgrade(step="any", one_way=False)
MAJOR = Upgrade(step="major", one_way=True)
LISTED = Upgrade(step="listed", one_way=True, versions=("2025.10", "2025.12", "2026.2"))


@pytest.mark.parametrize(
    ("tag", "upgrade", "there", "said"),
    [
        ("1.9.2", ANY, ["1.9.2", "1.10.0", "1.9.10", "latest"], "1.9.2 -> 1.10.0"),
        ("v3.5.0", ANY, ["v3.5.0", "v3.6.0-rc.1", "3.9.9"], None),
        ("34.0.3-apache", MAJOR, ["34.0.9-apache", "36.0.0-apache", "40.0.0-fpm"],
         "34.0.3-apache -> 34.0.9-apache; 36.0.0-apache is out, which is more than one step"),
        ("34.0.3-apache", MAJOR, ["36.0.0-apache"],
         "34.0.3-apache -> no step; 36.0.0-apache is out, which is more than one step"),
        ("2025.10.1", LISTED, ["2025.12.4", "2026.2.0"],
         "2025.10.1 -> 2025.12.4; 2026.2.0 is out, which is more than one step"),
        ("2025.12.1", LISTED, ["2026.5.0"],
         "2025.12.1 -> no step; 2026.5.0 is out, which is more than one step"),
        ("1.9.2", ANY, ["1.9.2", "1.9.1"], None),
    ],
)  # fmt: skip
def test_newer_tags_of_the_same_kind_are_named_and_the_step_that_is_allowed(
    tag: str, upgrade: Upgrade, there: list[str], said: str | None
) -> None:
    newer, failed = outdated([tagged("n8n", tag, upgrade)], lambda _: there)

    assert failed == {}
    assert [str(each) for each in newer] == ([f"n8n: docker.n8n.io/n8nio/n8n:{said}"] if said else [])


def test_a_helper_beside_the_program_may_take_any_step() -> None:
    leantime = replace(app("leantime"), upgrade=MAJOR)
    mariadb = leantime.service("mariadb").image

    newer, _ = outdated([leantime], lambda name: ["99.1.1"] if name == mariadb.reference else [])

    assert [(each.reference, each.step) for each in newer] == [(mariadb.reference, "99.1.1")]


def test_a_registry_that_cannot_say_is_named_and_the_others_are_asked() -> None:
    def tags(reference: str) -> list[str]:
        if "redis" in reference:
            raise ValueError("docker.io cannot be asked")
        return ["99.0.0"]

    newer, failed = outdated([app("outline")], tags)

    assert [each.app for each in newer] == ["outline"]
    assert set(failed.values()) == {"docker.io cannot be asked"}


def test_a_retired_app_is_not_asked_about() -> None:
    assert outdated([replace(app("outline"), present=False)], lambda _: ["99.0.0"]) == ([], {})
