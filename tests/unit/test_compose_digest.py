"""When a service is started anew, and what of a Compose file comes from its record: exactly."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue.model import App, Health, Image, Port, Service, Site, Upgrade
from tasks.stacks import compose
from tasks.stacks.release import _digest, _salted
from tasks.templates import Templates
from tests.support.site import release_of
from tests.support.yaml_text import read_yaml

WEB = Service(
    name="web",
    image=Image(repository="docker.io/library/nginx", tag="1.29.0"),
    health=Health(command=("wget", "$URL"), start_seconds=5, interval_seconds=20),
    memory_mb=64,
    user="101:101",
    capabilities=("CHOWN",),
    because="It owns what it writes.",
    tmpfs=("/tmp",),  # noqa: S108 - of a container
    stop_seconds=7,
    ports=(
        Port(host=8081, container=80),
        Port(host=443, container=8443, public=True, because="It is a page."),
    ),
    on_edge=True,
)
BLOG = App(
    name="blog",
    purpose="A blog.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    services=(WEB,),
)
MIGRATE = replace(WEB, name="migrate", health=None, one_shot=True, ports=(), on_edge=False)
DEFINITION = {"volumes": ["./current/conf:/etc/conf:ro"], "environment": {"KEY": "${KEY}"}}
FILES = {"conf/a": b"1", "conf/b": b"2", "conf.old": b"3"}
SECRETS = {"KEY": "k", "OTHER": "o"}


def digest(
    definition: dict[str, Any] = DEFINITION,
    files: Mapping[str, bytes] = FILES,
    secrets: Mapping[str, str] = SECRETS,
) -> str:
    return compose.service_digest(definition, files, secrets)


def made(tmp_path: Path, site: Site, record: App, template: str) -> dict[str, Any]:
    """The services of a release whose template is this text."""
    folder = tmp_path / "templates" / record.name
    folder.mkdir(parents=True)
    (folder / "compose.yaml.j2").write_text(template)
    (tmp_path / "files").mkdir()
    built = release_of(record, site, templates=Templates(tmp_path), secrets={})
    return dict(read_yaml(built.files["compose.yaml"])["services"])


def test_what_the_record_says_is_all_that_a_container_gets(tmp_path: Path, site: Site) -> None:
    service = made(tmp_path, site, BLOG, "services: {web: }")["web"]

    assert service.pop("labels").keys() == {"org.guildhall.service"}
    assert service.pop("image").startswith("docker.io/library/nginx:1.29.0")
    assert service == {
        "user": "101:101",
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": ["CHOWN"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": "64m",
        "pids_limit": 1024,
        "restart": "unless-stopped",
        "stop_grace_period": "7s",
        "ports": ["10.0.0.3:8081:80", "0.0.0.0:443:8443"],
        "networks": {"default": {}, "edge": {"aliases": ["blog-web"]}},
        "tmpfs": ["/tmp"],  # noqa: S108 - of a container
        "healthcheck": {
            "test": ["CMD", "wget", "$$URL"],
            "interval": "20s",
            "timeout": "10s",
            "retries": 3,
            "start_period": "5s",
            "start_interval": "1s",
        },
    }


def test_what_runs_once_has_a_profile_and_is_neither_restarted_nor_watched(
    tmp_path: Path, site: Site
) -> None:
    record = replace(BLOG, services=(replace(WEB, ports=(), host_network=True), MIGRATE))
    services = made(tmp_path, site, record, "services: {web: , migrate: }")
    migrate, web = services["migrate"], services["web"]

    assert (migrate["profiles"], migrate["restart"]) == (["one-shot"], "no")
    assert not {"healthcheck", "ports"} & migrate.keys()
    assert migrate["networks"] == {"default": {}}
    assert web["network_mode"] == "host"
    assert not {"profiles", "networks"} & web.keys()


def test_what_runs_once_is_no_service_that_a_host_must_have(tmp_path: Path, site: Site) -> None:
    folder = tmp_path / "templates/blog"
    folder.mkdir(parents=True)
    (folder / "compose.yaml.j2").write_text("services: {web: , migrate: }")
    (tmp_path / "files").mkdir()
    record = replace(BLOG, services=(WEB, MIGRATE))

    assert list(release_of(record, site, templates=Templates(tmp_path), secrets={}).services) == ["web"]


@pytest.mark.parametrize(
    "other",
    [
        digest({**DEFINITION, "command": "other"}),
        digest(files={**FILES, "conf/a": b"9"}),
        digest(files={**FILES, "conf/c": b""}),
        digest(files={"conf/a": b"2", "conf/b": b"1", "conf.old": b"3"}),
        digest(files={"conf/z": b"1", "conf/b": b"2"}),
        digest(files={"conf/a": b"12"}),
        digest(secrets={**SECRETS, "KEY": "other"}),
    ],
)
def test_a_service_is_another_once_something_that_it_sees_is_another(other: str) -> None:
    assert other != digest()
    assert len(other) == 16


@pytest.mark.parametrize(
    "same",
    [
        digest(dict(reversed(DEFINITION.items()))),
        digest(files=dict(reversed(FILES.items()))),
        digest(files={**FILES, "conf.old": b"9", "conf-more": b"9", "other": b"9"}),
        digest(secrets={**SECRETS, "OTHER": "another"}),
    ],
)
def test_a_service_is_the_same_while_only_order_or_what_others_see_changes(same: str) -> None:
    assert same == digest()


def test_files_that_only_begin_alike_are_not_below_a_folder() -> None:
    assert compose.files_below("conf", FILES) == {"conf/a": b"1", "conf/b": b"2"}
    assert compose.files_below("conf.old", FILES) == {"conf.old": b"3"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("${KEY}", {"KEY"}),
        ("${KEY:?is missing}", {"KEY"}),
        ("a${KEY}b${_OTHER2}", {"KEY", "_OTHER2"}),
        ("$${KEY}", set()),
        ("$$${KEY}", {"KEY"}),
        ("$KEY", {"KEY"}),
        ("ü${KEY}", {"KEY"}),
    ],
)
def test_only_what_compose_itself_would_fill_in_is_a_secret(text: str, names: set[str]) -> None:
    assert compose.references({"environment": [text]}) == names


def test_only_what_comes_from_the_release_is_a_mount_of_it() -> None:
    volumes = ["./current/a:/a:ro", "./live/b:/b", "data:/data", "/etc:/etc:ro", {"type": "bind"}]

    assert compose.mounts({"volumes": volumes}) == {"./current/a": "/a", "./live/b": "/b"}
    assert compose.mounts({}) == {}


def test_a_live_file_that_changes_starts_nothing_anew() -> None:
    definition = {"volumes": ["./live/routes:/routes:ro"]}

    assert digest(definition, files={}) == digest(definition, files={"routes": b"x"})


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("plain", 'A="plain"'),
        ('a"b', 'A="a\\"b"'),
        ("a\\b", 'A="a\\\\b"'),
        ("a$b", 'A="a\\$b"'),
        ("a\nb", 'A="a\\nb"'),
        ("a\rb", 'A="a\\rb"'),
        ("\\n", 'A="\\\\n"'),
    ],
)
def test_each_character_that_compose_reads_as_something_else_is_escaped(value: str, line: str) -> None:
    assert compose.environment_file({"A": value}).decode() == f"{line}\n"


def test_secrets_stand_in_the_order_of_their_names() -> None:
    assert compose.environment_file({"B": "2", "A": "1"}) == b'A="1"\nB="2"\n'


def test_a_secrets_digest_is_short_and_of_its_own_place_alone() -> None:
    first = _salted(BLOG, "KEY", "value")

    assert len(first) == 8
    assert first != _salted(BLOG, "OTHER", "value") != _salted(replace(BLOG, name="wiki"), "KEY", "value")
    assert first != _salted(replace(BLOG, name="wiki"), "KEY", "value")
    # Names and values cannot run into each other.
    assert _salted(BLOG, "KEY", "1value") != _salted(BLOG, "KEY1", "value")


def test_a_revision_does_not_depend_on_an_order() -> None:
    assert _digest({"a": 1, "b": 2}) == _digest({"b": 2, "a": 1})
    assert len(_digest({})) == 12
