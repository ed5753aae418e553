"""The lock of digests: what is written down of what registries say, and what hosts pull."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tasks.images import lock_file as image_lock
from tasks.images.registry import SilentError
from tasks.stacks import compose
from tasks.stacks.changes import change
from tasks.stacks.state import HostState
from tests.support.site import app, release_of

OLD, NEW = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"
REDIS, TRAEFIK = "docker.io/example/redis:1.2.3", "docker.io/example/traefik:v4.5"


def known(*references: str) -> dict[str, str]:
    return dict.fromkeys(references, OLD)


def answers(reference: str) -> str:
    if reference == TRAEFIK:
        raise ValueError("docker.io cannot be asked: ConnectionError; check the network")
    return NEW


def test_the_lock_is_sorted_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "images.lock"

    _, failed = image_lock.lock([TRAEFIK, REDIS], lambda _: NEW, file)

    assert failed == []
    assert image_lock.read(file) == {REDIS: NEW, TRAEFIK: NEW}
    assert file.read_text().splitlines()[-2:] == [f'"{REDIS}" = "{NEW}"', f'"{TRAEFIK}" = "{NEW}"']


def test_a_registry_that_cannot_be_reached_is_asked_once() -> None:
    asked: list[str] = []

    def nobody(reference: str) -> str:
        asked.append(reference)
        raise SilentError("docker.io cannot be asked")

    assert image_lock.missing([REDIS, *[TRAEFIK] * 100], nobody) == set()
    assert len(asked) <= image_lock.AT_ONCE


def test_a_digest_that_cannot_be_looked_up_again_stays(tmp_path: Path) -> None:
    file = tmp_path / "images.lock"
    file.write_text(image_lock.written(known(TRAEFIK)))

    said, failed = image_lock.lock([TRAEFIK, REDIS], answers, file)

    assert failed == [TRAEFIK]
    assert image_lock.read(file) == {REDIS: NEW, TRAEFIK: OLD}
    assert any(line.startswith(f"{TRAEFIK} keeps its digest: docker.io cannot be asked") for line in said)


def test_what_could_not_be_looked_up_is_not_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "images.lock"
    image_lock.lock([TRAEFIK, REDIS], answers, file)

    assert image_lock.read(file) == {REDIS: NEW}
    assert "could not be looked up yet" in file.read_text()


@pytest.mark.parametrize(
    ("wanted", "old", "line"),
    [
        ([REDIS], {}, f"{REDIS} is new: {NEW}"),
        ([REDIS], known(REDIS), f"{REDIS} was moved: {NEW}, was {OLD}"),
        ([], known(REDIS), f"{REDIS} is dropped: not in the catalogue any more"),
    ],
)
def test_every_change_of_the_lock_is_said(wanted: list[str], old: dict[str, str], line: str) -> None:
    assert image_lock.changes(wanted, old, dict.fromkeys(wanted, NEW), {}) == [line]


@pytest.mark.parametrize("text", ["<<<<<<< main", '"a:1" = "latest"', '"a:1" = 1'])
def test_a_damaged_lock_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "images.lock"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"^images\.lock: .*make lock$"):
        image_lock.read(file)


def strangers(digests: Mapping[str, str]) -> list[str]:
    """What a lock knows and the catalogue does not."""
    return sorted(digests.keys() - {*views.images(APPS)})


def test_the_lock_of_the_repository_is_as_it_is_written_and_of_images_of_the_catalogue() -> None:
    digests = image_lock.read()

    assert image_lock.written(digests) == image_lock.FILE.read_text()
    assert strangers(digests) == []
    # It may be empty, where no registry could be asked.
    assert strangers({**digests, **known(REDIS, views.images(APPS)[0])}) == [REDIS]


def test_an_image_that_nobody_wants_any_more_leaves_the_lock(tmp_path: Path) -> None:
    file = tmp_path / "images.lock"
    file.write_text(image_lock.written(known(TRAEFIK, REDIS)))

    image_lock.lock([REDIS], answers, file)

    assert image_lock.read(file) == {REDIS: NEW}


def test_hosts_pull_by_digest_but_from_a_mirror_by_tag(site: Site) -> None:
    service = app("outline").services[0]
    reference = service.image.reference
    locked = replace(site, image_digests={reference: NEW})

    assert compose.image(service, locked) == f"{reference}@{NEW}"
    assert compose.image(service, replace(site, image_digests={})) == reference
    assert (
        compose.image(service, replace(locked, image_mirror="mirror.example.org:5000"))
        == f"mirror.example.org:5000/{reference}"
    )


def test_a_plan_names_the_images_that_have_no_digest(site: Site) -> None:
    outline = app("outline")
    first, *others = dict.fromkeys(service.image.reference for service in outline.services)
    unlocked = replace(site, image_digests=known(*others))

    planned = change(release_of(outline, unlocked), HostState())

    assert planned
    assert planned.text.endswith(f"; no digest is known of {first}: make lock")
    locked = change(release_of(outline, site), HostState())
    assert locked
    assert "make lock" not in locked.text


def test_a_mirror_needs_no_digests(site: Site) -> None:
    mirrored = replace(site, image_digests={}, image_mirror="mirror.example.org:5000")

    assert release_of(app("outline"), mirrored).unlocked == ()
