"""What a plan says: nothing on a converged host, and the cause of every difference."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from catalogue.model import Site
from tasks.stacks import archive
from tasks.stacks.changes import change, retirement
from tasks.stacks.release import Release
from tasks.stacks.state import Container, HostState, Stack, parsed
from tests.support.site import app, at_version, release_of, secrets_of


def applied(release: Release) -> HostState:
    """A host on which the release is in place and healthy."""
    manifest = json.loads(archive.manifest(release, "abc"))
    containers = [
        Container(service=name, state="running", health="healthy", exit_code=0, digest=digest)
        for name, digest in release.services.items()
    ]
    stack = Stack(
        current=f"releases/20260101T000000Z-{release.revision}",
        applied=f"releases/20260101T000000Z-{release.revision}",
        manifest=manifest,
        files={path: digest for path, digest in release.digests.items() if not path.startswith("live/")},
        mode="600 root" if ".env" in release.files else "",
        containers=containers,
    )
    live = {
        path.removeprefix("live/"): digest
        for path, digest in release.digests.items()
        if path.startswith("live/")
    }
    return HostState(stacks={release.app.name: stack}, live=live)


@pytest.fixture
def outline(site: Site) -> Release:
    return release_of(app("outline"), site)


def test_a_converged_app_is_no_change(outline: Release) -> None:
    assert change(outline, applied(outline)) is None


def test_an_app_that_a_host_does_not_have_is_new_and_creates_every_service(outline: Release) -> None:
    found = change(outline, HostState())

    assert found
    assert found.reasons == ("it is new on this host",)
    assert found.recreated == ("outline", "redis")


def test_a_changed_secret_is_named_by_its_key_and_recreates_only_its_readers(
    outline: Release, site: Site
) -> None:
    values = secrets_of(app("outline")) | {"UTILS_SECRET": "f" * 64}
    found = change(release_of(app("outline"), site, secrets=values), applied(outline))

    assert found
    assert found.reasons == ("UTILS_SECRET changed",)
    assert found.recreated == ("outline",)
    assert "ffff" not in found.text


def test_a_new_version_names_the_image(outline: Release, site: Site) -> None:
    found = change(release_of(at_version(app("outline"), "999.1"), site), applied(outline))

    assert found
    assert f"image {app('outline').services[0].image.repository}:999.1 is new" in found.reasons
    assert found.recreated == ("outline",)


def test_a_changed_route_recreates_nothing(outline: Release, site: Site) -> None:
    release = applied(outline)
    release.stacks["outline"].manifest["files"]["live/traefik/routes/outline.yaml"] = "0" * 64
    found = change(outline, release)

    assert found
    assert found.text == (
        f"outline: release {outline.revision}: live/traefik/routes/outline.yaml changed; "
        "live/traefik/routes/outline.yaml was edited on the host; restarts nothing"
    )


def _stopped(found: HostState) -> None:
    first, *rest = found.stacks["outline"].containers
    found.stacks["outline"].containers = [replace(first, state="exited", health=""), *rest]


def _gone(found: HostState) -> None:
    found.stacks["outline"].containers.pop()


def _sick(found: HostState) -> None:
    first, *rest = found.stacks["outline"].containers
    found.stacks["outline"].containers = [replace(first, health="unhealthy"), *rest]


def _edited(found: HostState) -> None:
    found.stacks["outline"].files[".env"] = "0" * 64


def _opened(found: HostState) -> None:
    found.stacks["outline"].mode = "644 root"


def _route_lost(found: HostState) -> None:
    del found.live["traefik/routes/outline.yaml"]


def _cut_off(found: HostState) -> None:
    found.stacks["outline"].current = "releases/20260102T000000Z-ffffffffffff"


def _other_digest(found: HostState) -> None:
    first, *rest = found.stacks["outline"].containers
    found.stacks["outline"].containers = [replace(first, digest="0" * 16), *rest]


@pytest.mark.parametrize(
    ("damage", "reason", "recreated"),
    [
        (_stopped, "outline is exited", ("outline",)),
        (_gone, "redis has no container", ("redis",)),
        (_sick, "outline is running unhealthy", ("outline",)),
        (_edited, ".env was edited on the host", ()),
        (_opened, ".env has mode 644 root", ()),
        (_route_lost, "live/traefik/routes/outline.yaml was edited on the host", ()),
        (_cut_off, "an earlier deploy was cut off", ()),
        (_other_digest, "outline runs another release", ("outline",)),
    ],
)
def test_a_changed_host_is_found_and_said(
    outline: Release, damage: Callable[[HostState], None], reason: str, recreated: tuple[str, ...]
) -> None:
    found = applied(outline)
    damage(found)
    difference = change(outline, found)

    assert difference
    assert difference.reasons == (reason,)
    assert difference.recreated == recreated


def test_a_container_that_is_still_starting_is_no_change(outline: Release) -> None:
    found = applied(outline)
    first, *rest = found.stacks["outline"].containers
    found.stacks["outline"].containers = [replace(first, health="starting"), *rest]

    assert change(outline, found) is None


def test_an_edge_that_lost_its_way_to_an_app_is_put_right(site: Site) -> None:
    traefik = release_of(app("traefik"), site)
    found = applied(traefik)
    wiki = Container(
        service="web",
        state="running",
        health="healthy",
        exit_code=0,
        digest="d1",
        networks=frozenset({"wiki_default", "traefik_to_wiki"}),
    )
    found.stacks["wiki"] = Stack(containers=[wiki])
    lost = change(traefik, found)
    [edge, *others] = found.stacks["traefik"].containers
    found.stacks["traefik"].containers = [replace(edge, networks=frozenset({"traefik_to_wiki"})), *others]

    assert lost
    assert lost.text.endswith(": wiki cannot be reached from traefik; restarts nothing")
    assert change(traefik, found) is None


def test_a_retired_app_is_stopped_once(outline: Release) -> None:
    record = replace(app("outline"), present=False)
    first = retirement(record, applied(outline))

    assert first
    assert first.text == "outline: retire: it is no longer present in the catalogue"
    assert retirement(record, HostState()) is None


def test_the_states_lines_are_read_back() -> None:
    found = parsed(
        [
            "stack\tblog\treleases/20260101T000000Z-abc\treleases/20260101T000000Z-abd",
            'manifest\tblog\t{"services": {"web": "d1"}}',
            "file\tblog\tff00\tcompose.yaml",
            "mode\tblog\t600 root",
            "live\ttraefik\taa11\troutes/blog.yaml",
            "container\tblog\tweb\trunning\thealthy\t0\td1\tblog_default traefik_to_blog ",
        ]
    )

    stack = found.stacks["blog"]
    assert (stack.current, stack.revision, stack.mode) == ("releases/20260101T000000Z-abc", "abd", "600 root")
    assert stack.manifest == {"services": {"web": "d1"}}
    assert stack.files == {"compose.yaml": "ff00"}
    assert stack.containers == [
        Container(
            service="web",
            state="running",
            health="healthy",
            exit_code=0,
            digest="d1",
            networks=frozenset({"blog_default", "traefik_to_blog"}),
        )
    ]
    assert found.live == {"traefik/routes/blog.yaml": "aa11"}
