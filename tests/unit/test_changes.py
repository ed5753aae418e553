"""What a plan says: nothing on a converged host, and the cause of every difference."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from catalogue.model import Site
from tasks.stacks import archive
from tasks.stacks.changes import change, goes_along, retirement, secrets_changed, unknown
from tasks.stacks.release import Release
from tasks.stacks.state import Container, HostState, Stack
from tests.support.site import app, at_version, release_of, secrets_of


def applied(release: Release) -> HostState:
    """A host on which the release is in place and healthy."""
    manifest = json.loads(archive.manifest(release, "abc"))
    containers = [
        Container(
            service=name,
            state="running",
            health="healthy",
            digest=digest,
            networks=release.needs[name].networks,
        )
        for name, digest in release.services.items()
    ]
    stack = Stack(
        current=f"20260101T000000Z-{release.revision}",
        applied=f"20260101T000000Z-{release.revision}",
        manifest=manifest,
        version=release.app.version,
        files=dict(release.digests),
        mode="600 root" if ".env" in release.files else "",
        containers=containers,
    )
    return HostState(stacks={release.app.name: stack})


@pytest.fixture
def outline(site: Site) -> Release:
    return release_of(app("outline"), site)


def test_a_converged_app_is_no_change(outline: Release) -> None:
    assert change(outline, applied(outline)) is None


def test_an_app_that_a_host_does_not_have_is_new_and_creates_every_service(outline: Release) -> None:
    found = change(outline, HostState())

    assert found
    assert (found.reasons, found.cause) == (("it is new on this host",), "new")
    assert found.recreated == ("outline", "redis", "redis-exporter")


def test_a_changed_secret_is_named_by_its_key_and_recreates_only_its_readers(
    outline: Release, site: Site
) -> None:
    values = secrets_of(app("outline")) | {"UTILS_SECRET": "f" * 64}
    found = change(release_of(app("outline"), site, secrets=values), applied(outline))

    assert found
    assert (found.reasons, found.cause) == (("UTILS_SECRET changed",), "repository")
    assert found.recreated == ("outline",)
    assert "ffff" not in found.text


@pytest.mark.parametrize(("names", "along"), [({"UTILS_SECRET"}, True), ({"SECRET_KEY"}, False), ((), False)])
def test_a_partner_goes_along_if_what_it_shares_has_another_value(
    outline: Release, site: Site, names: set[str], along: bool
) -> None:
    values = secrets_of(app("outline")) | {"UTILS_SECRET": "f" * 64}
    found = change(release_of(app("outline"), site, secrets=values), applied(outline))
    new = change(outline, HostState())

    assert found
    assert new
    assert (goes_along(found, names), goes_along(new, names)) == (along, False)
    assert secrets_changed(new, names) == bool(names)


def test_a_new_version_names_the_image(outline: Release, site: Site) -> None:
    found = change(release_of(at_version(app("outline"), "999.1"), site), applied(outline))

    assert found
    image = app("outline").services[0].image
    assert f"image {image.repository} {image.tag} → 999.1" in found.reasons
    assert [(each.repository, each.before, each.after) for each in found.images] == [
        (image.repository, image.tag, "999.1")
    ]
    assert found.recreated == ("outline",)


def test_a_changed_route_recreates_nothing(outline: Release, site: Site) -> None:
    release = applied(outline)
    release.stacks["outline"].manifest["files"]["live/traefik/routes/outline.yaml"] = "0" * 64
    found = change(outline, release)

    assert found
    assert found.cause == "both"
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


def _opened_file(found: HostState) -> None:
    found.stacks["outline"].opened = {"secrets/outline/KEY": "444 1001:1001"}


def _replaced(found: HostState) -> None:
    found.stacks["outline"].astray = (".env",)


def _route_lost(found: HostState) -> None:
    del found.stacks["outline"].files["live/traefik/routes/outline.yaml"]


def _cut_off(found: HostState) -> None:
    found.stacks["outline"].current = "20260102T000000Z-ffffffffffff"


def _apart(found: HostState) -> None:
    *others, last = found.stacks["outline"].containers
    found.stacks["outline"].containers = [*others, replace(last, networks=frozenset())]


def _untagged(found: HostState) -> None:
    first, *rest = found.stacks["outline"].containers
    found.stacks["outline"].containers = [replace(first, untagged=True), *rest]


def _other_digest(found: HostState) -> None:
    first, *rest = found.stacks["outline"].containers
    found.stacks["outline"].containers = [replace(first, digest="0" * 16), *rest]


@pytest.mark.parametrize(
    ("damage", "reason", "recreated"),
    [
        (_stopped, "outline is exited", ("outline",)),
        (_gone, "redis-exporter has no container", ("redis-exporter",)),
        (_sick, "outline is running unhealthy", ("outline",)),
        (_edited, ".env was edited on the host", ("outline",)),
        (_opened, ".env has mode 644 root", ()),
        (_opened_file, "secrets/outline/KEY has mode 444 1001:1001", ()),
        (_replaced, "/opt/outline/.env is not the release's", ("outline",)),
        (_apart, "redis-exporter is not in its network outline_default", ("redis-exporter",)),
        (_route_lost, "live/traefik/routes/outline.yaml was edited on the host", ()),
        (_cut_off, "an earlier deploy was cut off", ()),
        (_untagged, "outline's image has lost its tag", ()),
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
    assert (difference.reasons, difference.cause) == ((reason,), "host")
    assert difference.recreated == recreated


@pytest.mark.parametrize(
    ("name", "file", "anew"),
    [
        ("traefik", "traefik.yml", ("traefik",)),
        ("traefik", "live/traefik/routes/edge.yaml", ()),
        ("outline", "compose.yaml", ("outline", "redis", "redis-exporter")),
        ("outline", ".env", ("outline",)),
    ],
)
def test_who_may_have_read_an_edited_file_starts_anew(
    site: Site, name: str, file: str, anew: tuple[str, ...]
) -> None:
    release = release_of(app(name), site)
    found = applied(release)
    found.stacks[name].files[file] = "0" * 64
    difference = change(release, found)

    assert difference
    assert difference.reasons == (f"{file} was edited on the host",)
    assert difference.recreated == difference.anew == anew


def test_compose_itself_starts_anew_what_is_changed(outline: Release, site: Site) -> None:
    """A network that only the new definition has is none that it lost."""
    before = applied(outline)
    before.stacks["outline"].containers = [
        replace(each, networks=frozenset(), digest="0" * 16) for each in before.stacks["outline"].containers
    ]
    found = change(outline, before)

    assert found
    services = ("outline", "redis", "redis-exporter")
    assert found.reasons == tuple(f"{name} runs another release" for name in services)
    assert (found.recreated, found.anew) == (services, ())


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
        digest="d1",
        networks=frozenset({"wiki_default", "traefik_to_wiki"}),
    )
    found.stacks["wiki"] = Stack(containers=[wiki])
    lost = change(traefik, found)
    [edge, *others] = found.stacks["traefik"].containers
    found.stacks["traefik"].containers = [
        replace(edge, networks=edge.networks | {"traefik_to_wiki"}),
        *others,
    ]

    assert lost
    assert lost.text.endswith(": wiki cannot be reached from traefik; restarts nothing")
    assert change(traefik, found) is None


def test_a_retired_app_is_stopped_once(outline: Release) -> None:
    record = replace(app("outline"), present=False)
    first = retirement(record, applied(outline))

    assert first
    assert first.text == "outline: retire: it is no longer present in the catalogue"
    assert retirement(record, HostState()) is None


# H2
def test_a_compose_file_that_says_something_else_is_a_change_although_nothing_is_made_anew(
    outline: Release,
) -> None:
    host = applied(outline)
    host.stacks["outline"].manifest = {**host.stacks["outline"].manifest, "compose": "another"}

    found = change(outline, host)

    assert found
    assert (found.reasons, found.recreated) == (("compose.yaml changed",), ())


@pytest.mark.parametrize("left", [Stack(current="1-a"), Stack(applied="1-a")])
def test_a_retired_app_of_which_only_files_are_left_is_cleared_away(left: Stack) -> None:
    found = retirement(app("outline"), HostState(stacks={"outline": left}))

    assert found
    assert found.text == "outline: retire: it is no longer present in the catalogue"


def test_an_app_whose_record_on_the_host_is_damaged_is_deployed_anew(outline: Release) -> None:
    found = applied(outline)
    found.stacks["outline"].manifest = {}
    found.stacks["outline"].version = ""
    difference = change(outline, found)

    assert difference
    assert difference.reasons == ("what is recorded of it on this host cannot be read",)
    assert difference.one_way  # nobody knows of which version its data is


# T5
def test_a_container_that_was_left_under_another_name_is_a_change(outline: Release) -> None:
    found = applied(outline)
    first, *rest = found.stacks["outline"].containers
    left = replace(first, misnamed="0a1b2c3d4e5f_outline-outline-1")
    found.stacks["outline"].containers = [left, *rest]
    difference = change(outline, found)

    assert difference
    assert difference.reasons == ("outline runs as 0a1b2c3d4e5f_outline-outline-1",)
    assert difference.recreated == ("outline",)


# T9
def test_data_that_a_newer_version_may_have_migrated_is_not_given_to_the_one_before(outline: Release) -> None:
    found = applied(outline)
    found.stacks["outline"].current = "20260102T000000Z-ffffffffffff"
    found.stacks["outline"].version = "999.0.0"
    difference = change(outline, found)

    assert difference
    assert difference.refusal
    assert "its migrations are one-way; restore a backup" in difference.refusal


# T2
def test_a_release_that_is_gone_is_an_interrupted_deploy_and_not_a_new_app(outline: Release) -> None:
    found = applied(outline)
    found.stacks["outline"].applied = ""
    difference = change(outline, found)

    assert difference
    assert difference.reasons == ("an earlier deploy was cut off",)


# H4
def test_what_runs_and_no_record_knows_is_named_with_what_to_type(outline: Release) -> None:
    found = applied(outline)
    found.stacks["blog"] = Stack(current="20260101T000000Z-aaaaaaaaaaaa")
    found.stacks["folder-alone"] = Stack()

    assert unknown([outline.app], found) == (
        "blog runs here, and no record knows it: put its record back with present=False and deploy, "
        "or on the host: docker compose -p blog down --remove-orphans && rm -r /opt/blog",
    )
    assert unknown([outline.app], applied(outline)) == ()


ONE = Container(service="web", state="running", health="", digest="d")


@pytest.mark.parametrize("left", [Stack(current="1-a"), Stack(applied="1-a"), Stack(containers=[ONE])])
def test_whatever_is_left_of_an_app_it_is_not_new_and_no_unknown_one_goes_unsaid(
    outline: Release, left: Stack
) -> None:
    found = HostState(stacks={"outline": left})
    difference = change(outline, found)

    assert difference
    assert difference.reasons == ("what is recorded of it on this host cannot be read",)
    assert difference.one_way
    assert len(unknown([], found)) == 1
    gone = retirement(outline.app, found)
    assert gone
    assert (gone.release, gone.recreated) == (None, ())


def test_files_and_secrets_that_come_and_go_are_named(outline: Release) -> None:
    found = applied(outline)
    manifest = found.stacks["outline"].manifest
    route = manifest["files"].pop("live/traefik/routes/outline.yaml")
    manifest["files"]["gone.conf"] = found.stacks["outline"].files["gone.conf"] = route
    manifest["secrets"]["OLD_KEY"] = manifest["secrets"].pop("UTILS_SECRET")
    difference = change(outline, found)

    assert difference
    assert difference.reasons == (
        "gone.conf removed",
        "live/traefik/routes/outline.yaml added",
        "OLD_KEY removed",
        "UTILS_SECRET added",
    )


def test_without_a_file_of_secrets_there_is_no_mode_to_complain_of(outline: Release) -> None:
    found = applied(outline)
    found.stacks["outline"].mode = ""

    assert change(outline, found) is None


def test_only_the_edge_must_reach_other_apps(outline: Release) -> None:
    found = applied(outline)
    other = replace(ONE, networks=frozenset({"outline_to_blog"}))
    found.stacks["blog"] = Stack(containers=[other])

    assert change(outline, found) is None
