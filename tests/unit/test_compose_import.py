"""The first draft of an app from its own Compose file: what is placed, what is left to a person."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.model import App, Site
from tasks.stacks import compose, compose_import, import_compose

THEIRS = """
version: "3"
x-common: &common
  TZ: ${TZ:-UTC}
services:
  forge:
    image: example/forge:1.22.3
    container_name: forge
    privileged: true
    cap_add: [NET_ADMIN]
    environment: [USER_UID=1000, "DB_PASS=${DB_PASS:?needed}", "GREETING={{ name }}"]
    healthcheck: {test: ["CMD-SHELL", "curl -f http://localhost:$$PORT"]}
    ulimits: {nofile: 1024}
    stop_signal: SIGINT
    volumes: ["data:/data", "./conf:/etc/conf", "/etc/timezone:/etc/timezone:ro"]
    ports: ["3000:3000"]
    depends_on: [db]
    speed: high
  db:
    image: postgres
    user: "999:999"
    command: [postgres, -c, fsync=on]
    environment: {<<: *common, POSTGRES_PASSWORD: example, POSTGRES_PASSWORD_FILE: /run/a}
    volumes: [{type: volume, source: db, target: /var/lib/postgresql/data}]
volumes: {data: , db: }
"""
RECORD, TEMPLATE = compose_import.imported("forge", THEIRS)


def finished_by_a_person() -> dict[str, Any]:
    names: dict[str, Any] = {}
    record = RECORD.replace('tag="TODO"', 'tag="16.4"').replace('user="TODO"', 'user="1000:1000"')
    exec(record.replace('owner="TODO"', 'owner="1000:1000"'), names)  # noqa: S102 - what we wrote
    return names


def test_a_record_is_refused_until_a_person_has_decided() -> None:
    names: dict[str, Any] = {}
    with pytest.raises(ValueError, match="user is 'TODO'; write uid:gid in numbers"):
        exec(RECORD, names)  # noqa: S102 - what we wrote

    assert [f'{field}="TODO"' in RECORD for field in ("purpose", "tag", "user", "owner")] == [True] * 4


def test_what_is_known_is_in_the_record() -> None:
    app: App = finished_by_a_person()["APP"]
    forge, db = app.services

    assert forge.image.reference == "docker.io/example/forge:1.22.3"
    assert db.image.repository == "docker.io/library/postgres"
    assert forge.health
    assert forge.health.command == ("sh", "-c", "curl -f http://localhost:$PORT")
    assert [(each.name, each.soft, each.hard) for each in forge.ulimits] == [("nofile", 1024, 1024)]
    assert forge.stop_signal == "SIGINT"
    assert db.user == "999:999"
    assert [volume.name for volume in app.volumes] == ["data", "db"]
    assert [secret.name for secret in app.secrets] == ["DB_PASS", "POSTGRES_PASSWORD"]


def test_nothing_is_said_of_what_is_settled() -> None:
    written = RECORD + TEMPLATE

    assert "container_name" not in written
    assert "# version" not in written
    assert "# restart" not in compose_import.imported("a", "services: {a: {image: a, restart: always}}")[0]
    assert (
        "# restart: no: `Service.one_shot`"
        in compose_import.imported("a", "services: {a: {image: a, restart: 'no'}}")[0]
    )


def test_a_record_imports_what_it_uses_alone() -> None:
    assert (
        "import App, Health, Image, Service, Upgrade\n"
        in compose_import.imported("a", "services: {a: {image: a}}")[0]
    )


def test_rights_are_never_given() -> None:
    for service in finished_by_a_person()["APP"].services:
        assert not service.extra_rights
        assert not service.ports


@pytest.mark.parametrize(
    "comment",
    [
        "# privileged: True: it would be root on the host; say what it needs by `Service.capabilities`",
        "# cap_add: ['NET_ADMIN']: `Service.capabilities`, with a reason",
        "# ports: ['3000:3000']: `Service.ports`; what people open in a browser is a `Route`",
        "# volumes: ./conf:/etc/conf: put the file beside the template",
        "# volumes: /etc/timezone:/etc/timezone:ro: of the host: `Service.host_mounts`, with a reason",
        "# speed: high: no key that is known here",
    ],
)
def test_what_a_person_must_decide_is_a_comment_with_its_field(comment: str) -> None:
    assert comment in RECORD


def test_the_template_is_one_that_a_release_is_made_of(site: Site) -> None:
    app = finished_by_a_person()["APP"]
    rendered = TEMPLATE.replace("{% raw %}\n", "").replace("{% endraw %}\n", "")
    made = compose.finished(app, rendered, site, site.hosts[0], "")["services"]

    assert rendered != TEMPLATE
    assert made["forge"]["environment"] == {
        "USER_UID": "1000",
        "DB_PASS": "${DB_PASS}",
        "GREETING": "{{ name }}",
    }
    assert made["db"]["environment"] == {
        "TZ": "UTC",
        "POSTGRES_PASSWORD": "${POSTGRES_PASSWORD}",
        "POSTGRES_PASSWORD_FILE": "/run/a",
    }
    assert made["db"]["volumes"] == ["db:/var/lib/postgresql/data"]
    assert made["forge"]["depends_on"] == ["db"]


def test_two_files_are_written_and_none_overwritten(tmp_path: Path) -> None:
    (tmp_path / "catalogue/apps").mkdir(parents=True)
    record, template = import_compose(tmp_path, "my-forge", THEIRS)

    assert record == tmp_path / "catalogue/apps/my_forge.py"
    assert yaml.safe_load(template.read_text().replace("{% raw %}", "").replace("{% endraw %}", ""))
    with pytest.raises(
        ValueError, match=r"catalogue/apps/my_forge\.py is there already; give the app another"
    ):
        import_compose(tmp_path, "my-forge", THEIRS)
    with pytest.raises(ValueError, match=r"app name '\.\./x' must be lower case, digits and dashes"):
        import_compose(tmp_path, "../x", THEIRS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "the Compose file is not YAML: "),
        ("a: 1", "the Compose file has no services"),
        ("services: [web]", "the Compose file has no services"),
        ("services: {web: {ulimits: {nofile: {soft: 1}}}}", "the Compose file is not as Compose has it"),
        ("services: {web: {volumes: 3}}", "the Compose file is not as Compose has it"),
        ("services: {web: {environment: 3}}", "the Compose file is not as Compose has it"),
    ],
)
def test_what_is_no_compose_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compose_import.imported("web", text)
