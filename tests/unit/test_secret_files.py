"""Secrets as files: who reads each, whose it is on the host, and that nothing else shows it."""

import base64
import io
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue.model import App, Database, Health, Image, Rule, Secret, Service, Site, Upgrade
from onhost import files, reading
from onhost.releases import Stack
from tasks.stacks import archive, changes, diffs, state
from tasks.stacks.release import Release
from tasks.stacks.state import HostState
from tasks.templates import Templates
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml

WEB = Service(
    name="web",
    image=Image(repository="docker.io/example/web", tag="1.2.3"),
    health=Health(command=("true",), start_seconds=1),
    memory_mb=64,
    user="991:992",
)
KEY = Secret(name="API_KEY", rule=Rule(kind="given", size=8), file=True)
APP = App(
    name="chat",
    purpose="A chat.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    services=(WEB, replace(WEB, name="worker", user="5:5")),
    secrets=(KEY,),
)
VARIABLE = replace(APP, secrets=(replace(KEY, file=False),))
VALUE = 'canary "of" $x: {a}'
MENTION = "services: {web: {environment: {API_KEY_FILE: /run/secrets/API_KEY}}, worker: }"
LISTED = "services: {web: {secrets: [API_KEY]}, worker: }"
CONFIGURED = "services: {web: {volumes: ['./current/secrets/chat.yaml:/etc/chat.yaml:ro']}, worker: }"
BOTH = CONFIGURED.replace("worker: ", "worker: {volumes: ['./current/secrets:/etc/secrets:ro']}")


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    (tmp_path / "templates/chat/secrets").mkdir(parents=True)
    (tmp_path / "files").mkdir()
    return Templates(tmp_path)


def built(
    site: Site,
    templates: Templates,
    compose: str,
    configuration: str = "",
    record: App = APP,
    value: str = VALUE,
) -> Release:
    (templates.folder / "chat/compose.yaml.j2").write_text(compose)
    if configuration:
        (templates.folder / "chat/secrets/chat.yaml.j2").write_text(configuration)
    return release_of(record, site, secrets={"API_KEY": value}, templates=templates)


def services(release: Release) -> dict[str, Any]:
    return read_yaml(release.files["compose.yaml"])["services"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("compose", [MENTION, LISTED])
def test_a_secret_is_mounted_where_it_is_named(site: Site, templates: Templates, compose: str) -> None:
    release = built(site, templates, compose)

    assert release.files["secrets/web/API_KEY"] == VALUE.encode()
    assert services(release)["web"]["volumes"] == ["./current/secrets/web/API_KEY:/run/secrets/API_KEY:ro"]
    assert "volumes" not in services(release)["worker"]
    assert "secrets" not in services(release)["web"]
    assert ".env" not in release.files


def test_each_service_has_a_file_of_its_own_user(site: Site, templates: Templates) -> None:
    release = built(site, templates, "services: {web: {secrets: [API_KEY]}, worker: {secrets: [API_KEY]}}")

    assert release.owners == {"secrets/web/API_KEY": "991:992", "secrets/worker/API_KEY": "5:5"}


def test_a_configuration_can_hold_secrets(site: Site, templates: Templates) -> None:
    text = "host: {{ host.name }}\nkey: {{ secrets.API_KEY | tojson }}\n"
    release = built(site, templates, CONFIGURED, text, VARIABLE)
    made = read_yaml(release.files["secrets/chat.yaml"])

    assert made == {"host": "tools-prod", "key": VALUE}
    assert release.owners == {"secrets/chat.yaml": "991:992"}
    assert ".env" not in release.files


def test_a_file_is_sent_for_its_user_alone(site: Site, templates: Templates) -> None:
    change = changes.change(built(site, templates, MENTION), HostState())
    assert change
    deployment = archive.Deployment(
        apps=(APP, app("traefik"), app("authentik")),
        site=site,
        by="a",
        commit="b",
        wait_seconds=1,
        wait_at_first_seconds=1,
    )
    sent = base64.b64decode(archive.packed([change], deployment).partition("\n")[2])
    with tarfile.open(fileobj=io.BytesIO(sent)) as packed:
        modes = {entry.name.partition("/")[2]: entry.mode for entry in packed}

    assert modes["release/secrets/web/API_KEY"] == 0o400
    assert modes["release/compose.yaml"] == 0o644


def test_a_host_gives_each_file_to_its_user(
    site: Site, templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, given = built(site, templates, MENTION), {}
    for path, content in {**release.files, "manifest.json": archive.manifest(release, "a")}.items():
        (tmp_path / "sent" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sent" / path).write_bytes(content)
    monkeypatch.setattr("os.chown", lambda path, user, group: given.update({path.name: (user, group)}))
    stack = Stack(tmp_path, "chat")
    files.stored(stack, tmp_path / "sent", "1-a")

    assert given == {"API_KEY": (991, 992)}
    assert (stack.releases / "1-a/secrets/web/API_KEY").read_bytes() == VALUE.encode()


@pytest.mark.parametrize("release", ["20260101T000000Z-aaaaaaaaaaaa", "20260102T000000Z-bbbbbbbbbbbb"])
def test_a_file_that_others_may_read_is_seen_and_put_right(
    site: Site, templates: Templates, tmp_path: Path, release: str
) -> None:
    """In whichever release: what runs may have been started from an older one."""
    stack, me = Stack(tmp_path, "chat"), f"{os.getuid()}:{os.getgid()}"
    for name in ("20260101T000000Z-aaaaaaaaaaaa", "20260102T000000Z-bbbbbbbbbbbb"):
        manifest = json.loads(archive.manifest(built(site, templates, MENTION), "a"))
        (stack.releases / name / "secrets").mkdir(parents=True)
        (stack.releases / name / "secrets/KEY").write_text(VALUE)
        (stack.releases / name / "secrets/KEY").chmod(0o400)
        owned = json.dumps({**manifest, "owners": {"secrets/KEY": me}})
        (stack.releases / name / "manifest.json").write_text(owned)
    assert dict(reading.opened(stack)) == {}

    (stack.releases / release / "secrets/KEY").chmod(0o644)
    assert dict(reading.opened(stack)) == {"secrets/KEY": f"644 {me}"}

    (tmp_path / "sent").mkdir()
    files.stored(stack, tmp_path / "sent", "20260103T000000Z-cccccccccccc")
    assert dict(reading.opened(stack)) == {}


def test_the_manifest_says_whose_each_file_is_and_holds_no_value(site: Site, templates: Templates) -> None:
    manifest = archive.manifest(built(site, templates, MENTION), "abc")

    assert json.loads(manifest)["owners"] == {"secrets/web/API_KEY": "991:992"}
    assert b"canary" not in manifest


def test_nothing_but_its_file_holds_the_value(site: Site, templates: Templates) -> None:
    release = built(site, templates, MENTION)
    elsewhere = {path for path, content in release.files.items() if b"canary" in content}

    assert elsewhere == {"secrets/web/API_KEY"}
    assert "canary" not in repr(release)


def test_a_changed_secret_recreates_who_reads_it_and_shows_in_no_diff(
    site: Site, templates: Templates
) -> None:
    old, new = (built(site, templates, MENTION, value=value) for value in ("canary one", "canary two"))
    found = HostState(
        stacks={
            "chat": state.Stack(
                current="releases/1-a",
                applied="releases/1-a",
                manifest=json.loads(archive.manifest(old, "a")),
                files=old.digests,
            )
        }
    )
    change = changes.change(new, found)

    assert change
    assert old.services["web"] != new.services["web"]
    assert old.services["worker"] == new.services["worker"]
    assert "API_KEY changed" in change.reasons
    assert "canary" not in change.text
    assert "secrets/web/API_KEY" not in diffs.places(change, found)


@pytest.mark.parametrize(
    ("compose", "record", "said"),
    [
        (
            "services: {web: {environment: {KEY: '${API_KEY}'}}, worker: }",
            APP,
            "templates/chat/compose.yaml.j2 line 1: API_KEY is a file, /run/secrets/API_KEY; drop ",
        ),
        (
            MENTION,
            VARIABLE,
            "line 1: /run/secrets/API_KEY is of no secret that is a file; write file=True",
        ),
        ("services: {web: , worker: }", APP, "does not use API_KEY; use it or drop it"),
        (
            MENTION.replace("/API_KEY", "/API_KAY"),
            APP,
            "line 1: it uses API_KAY: not secrets of the app; declare them",
        ),
        ("services: {web: {secrets: [{source: API_KEY}]}, worker: }", APP, "write the secret's name alone"),
    ],
)
def test_a_secret_that_is_read_in_another_way_is_refused(
    site: Site, templates: Templates, compose: str, record: App, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        built(site, templates, compose, record=record)


def test_the_password_of_a_database_can_be_a_file_as_well(site: Site, templates: Templates) -> None:
    (templates.folder / "chat/compose.yaml.j2").write_text(MENTION.replace("API_KEY", "DATABASE_PASSWORD"))
    record = replace(APP, secrets=(), database=Database())
    release = release_of(record, site, secrets={"DATABASE_PASSWORD": VALUE}, templates=templates)

    assert release.files["secrets/web/DATABASE_PASSWORD"] == VALUE.encode()


@pytest.mark.parametrize(
    ("text", "compose", "said"),
    [
        (
            "{{ secrets.API_KEY }}{{ secrets.OTHER }}",
            CONFIGURED,
            "templates/chat/secrets/ uses OTHER: not secrets of the app",
        ),
        ("{{ secrets.API_KEY }}", LISTED, "chat.yaml holds secrets, and is mounted by no service: drop it"),
        ("{{ secrets.API_KEY }}", BOTH, "is mounted by users 5:5 and 991:992: give each a file"),
        (
            "a\n{{ [][secrets.API_KEY] }}",
            CONFIGURED,
            "secrets/chat.yaml.j2 line 2: UndefinedError, and no more",
        ),
        ("a\n{{ secrets.API_KEY + 1 }}", CONFIGURED, "secrets/chat.yaml.j2 line 2: TypeError, and no more"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused_without_its_values(
    site: Site, templates: Templates, text: str, compose: str, said: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        built(site, templates, compose, text, APP if compose == LISTED else VARIABLE)

    assert said in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__ or not caught.value.__context__


def test_other_templates_have_no_secrets(site: Site, templates: Templates) -> None:
    (templates.folder / "chat/plain.conf.j2").write_text("{{ secrets.API_KEY }}")

    with pytest.raises(ValueError, match=r"templates/chat/plain\.conf\.j2 line 1: 'secrets' is undefined"):
        built(site, templates, MENTION)
