"""What `--diff` shows: the files that differ, from the host's to the wanted ones, and no secret."""

import base64
import io
import tarfile
from dataclasses import replace

import pytest

from catalogue.model import Site
from tasks.stacks.changes import Change, change, retirement
from tasks.stacks.diffs import Contents, lines, places
from tasks.stacks.release import Release
from tasks.stacks.state import HostState
from tests.support.site import app, release_of, secrets_of
from tests.unit.test_changes import applied

ROUTE = "live/traefik/routes/outline.yaml"


@pytest.fixture
def outline(site: Site) -> Release:
    return release_of(app("outline"), site)


def changed(release: Release, found: HostState) -> Change:
    made = change(release, found)
    assert made
    return made


def elsewhere(site: Site) -> Release:
    """With another Compose file, another route and another secret."""
    domains = {**site.domains, "public": "example.net"}
    values = secrets_of(app("outline")) | {"UTILS_SECRET": "canary" * 12}
    return release_of(app("outline"), replace(site, domains=domains), secrets=values)


def test_of_a_file_that_lies_below_an_app_and_of_a_live_one_each_place_is_known(
    outline: Release, site: Site
) -> None:
    found = applied(outline)

    assert places(changed(elsewhere(site), found), found) == {
        "compose.yaml": "outline/current/compose.yaml",
        ROUTE: "traefik/live/routes/outline.yaml",
    }


def test_a_diff_leads_from_what_the_host_has_to_what_is_wanted_and_shows_no_secret(
    outline: Release, site: Site
) -> None:
    found = applied(outline)
    contents = {"traefik/live/routes/outline.yaml": outline.files[ROUTE].decode()}
    shown = list(lines(changed(elsewhere(site), found), found, contents))

    start = shown.index("--- host: traefik/live/routes/outline.yaml")
    assert shown[start + 1] == "+++ wanted"
    assert [line for line in shown[start + 2 :] if line[0] in "+-"] == [
        "-      rule: Host(`wiki.example.org`)",
        "+      rule: Host(`wiki.example.net`)",
    ] * 2
    # Of a file that could not be read every line is new.
    assert shown[0] == "--- host: outline/current/compose.yaml"
    assert not [line for line in shown[2:start] if line[0] == "-"]
    assert "canary" not in "".join(shown)


def test_all_that_a_new_app_has_is_new_but_for_its_secrets(outline: Release) -> None:
    found = HostState()

    assert places(changed(outline, found), found).keys() == outline.files.keys() - {".env"}


def test_of_a_retired_app_every_file_goes(outline: Release) -> None:
    found = applied(outline)
    gone = retirement(replace(app("outline"), present=False), found)
    assert gone

    shown = list(lines(gone, found, {"outline/current/compose.yaml": "a\n"}))

    assert places(gone, found).keys() == outline.files.keys() - {".env"}
    assert shown == ["--- host: outline/current/compose.yaml", "+++ wanted", "@@ -1 +0,0 @@", "-a"]


def test_the_contents_of_files_are_read_back_and_folders_and_odd_bytes_hurt_nobody() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        folder = tarfile.TarInfo("outline")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in {"outline/a": b"one\n", "outline/b": b"\xff"}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    text = base64.encodebytes(stream.getvalue()).decode().splitlines()

    assert Contents().process(text) == {"outline/a": "one\n", "outline/b": "\ufffd"}


def test_a_file_that_is_wanted_no_more_goes_line_by_line_and_odd_bytes_are_shown_as_such(
    outline: Release,
) -> None:
    found = applied(outline)
    for path in ("gone.conf", "odd.conf"):
        found.stacks["outline"].manifest["files"][path] = found.stacks["outline"].files[path] = "0"
    wanted = replace(outline, files={**outline.files, "odd.conf": b"\xff\n"})
    shown = list(lines(changed(wanted, found), found, {"outline/current/gone.conf": "a\nb\n"}))

    start = shown.index("--- host: outline/current/gone.conf")
    assert shown[start + 1 : start + 5] == ["+++ wanted", "@@ -1,2 +0,0 @@", "-a", "-b"]
    assert shown[-1] == "+\ufffd"


def test_files_are_asked_for_by_one_command_that_is_the_same_whatever_their_names_are() -> None:
    assert Contents().command() == (
        "tar -C /opt -czhf - --no-recursion --ignore-failed-read --verbatim-files-from --files-from=- "
        "2>/dev/null | base64"
    )
