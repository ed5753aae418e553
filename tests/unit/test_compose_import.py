"""The first draft of an app from its own Compose file: what is placed, what is left to a person."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue.model import App, Health, Sidecar, Site
from tasks.stacks import compose, compose_import, import_compose
from tests.support.yaml_text import read_yaml

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
    volumes: ["data:/data", "./conf:/etc/conf", "/etc/timezone:/etc/timezone:ro", "/srv/www:/www:ro"]
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


def draft(name: str = "forge", theirs: str = THEIRS) -> tuple[str, str]:
    """Record and template."""
    return compose_import.imported(name, theirs)


def finished_by_a_person(record: str = "") -> dict[str, Any]:
    names: dict[str, Any] = {}
    record = (
        (record or draft()[0]).replace('tag="TODO"', 'tag="16.4"').replace('user="TODO"', 'user="1000:1000"')
    )
    record = record.replace('owner="TODO"', 'owner="1000:1000"').replace('purpose="TODO"', 'purpose="It is."')
    exec(record.replace('"TODO"', '"true"'), names)  # noqa: S102 - what we wrote
    return names


def test_a_record_is_refused_until_a_person_has_decided() -> None:
    names: dict[str, Any] = {}
    with pytest.raises(ValueError, match="user is 'TODO'; write uid:gid in numbers"):
        exec(draft()[0], names)  # noqa: S102 - what we wrote

    assert [f'{field}="TODO"' in draft()[0] for field in ("purpose", "tag", "user", "owner")] == [True] * 4
    assert 'Health(command=("TODO",)' in draft()[0]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (lambda: Health(command=("TODO",), start_seconds=1), r"command\[0\] is 'TODO'; write a word"),
        (lambda: replace(finished_by_a_person()["APP"], purpose="TODO"), "purpose is 'TODO'; write one line"),
    ],
)
def test_no_field_takes_what_is_still_to_be_decided(kind: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kind()


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
    written = "".join(draft())

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
        "# volumes: ./conf:/etc/conf: is of no release; declare a Volume for data and write NAME:PATH",
        "# volumes: /etc/timezone:/etc/timezone:ro: is the host's time zone; write `TZ: {{ site.timezone }}`",
        "# volumes: /srv/www:/www:ro: is of the host's files; it comes from the record",
        "# speed: high: no key that is known here",
    ],
)
def test_what_a_person_must_decide_is_a_comment_with_its_field(comment: str) -> None:
    assert comment in draft()[0]


NOT_COMPOSE = "service 'web' is not as Compose has it"
HARD = """
services:
  web_app:
    image: example/web:1.2
    read_only: true
    environment: [TZ, "LEVEL=${LEVEL:-info}", "KEY_FILE=/run/secrets/app-key", JAVA=-Xmx$MEM]
    command: [serve, "--port=${PORT:-80}"]
    depends_on: {my.db: {condition: service_healthy}, init: {condition: service_completed_successfully}}
    secrets: [{source: app-key, target: x}]
    networks: {inner: {aliases: ["${NAME:-web.inner}"]}}
    volumes: ["${DATA}:/data", /cache, {type: tmpfs, target: /run}, "Web_Data:/srv:Z"]
    ulimits: {memlock: -1}
    tmpfs: /run/x
    sysctls: {net.core.somaxconn: 1024}
    mem_limit: 2gb
    shm_size: 128MB
    stop_grace_period: 1m30s
    init: "true"
    pids_limit: "200"
    logging: {driver: json-file}
    healthcheck: {test: "curl localhost:${PORT:-80}", start_period: 2m}
  my.db: {image: "postgres:16"}
  init: {image: "busybox:1.36", restart: "no"}
"""


def test_what_gives_no_rights_is_placed_however_it_is_written() -> None:
    web, db, init = finished_by_a_person(draft("web", HARD)[0])["APP"].services

    assert (web.name, web.aliases) == ("web-app", ("web_app", "web.inner"))
    assert (web.memory_mb, web.shm_size, web.stop_seconds, web.pids_limit) == (2048, "128m", 90, 200)
    assert (web.tmpfs, web.sysctls, web.init) == (("/run/x",), ("net.core.somaxconn=1024",), True)
    assert [(each.soft, each.hard) for each in web.ulimits] == [(-1, -1)]
    assert (web.health.command[2], web.health.start_seconds) == ("curl localhost:80", 120)
    assert (db.name, db.aliases) == ("my-db", ("my.db",))
    assert (init.one_shot, init.health) == (True, None)
    assert "read_only" not in draft("web", HARD)[0]
    assert "restart" not in draft("web", HARD)[0]


def test_a_draft_of_a_hard_file_becomes_a_release(site: Site) -> None:
    app: App = finished_by_a_person(draft("web", HARD)[0])["APP"]
    made = compose.finished(app, draft("web", HARD)[1], site, site.hosts[0], "")["services"]

    assert made["web-app"]["environment"] == {
        "LEVEL": "info",
        "KEY_FILE": "/run/secrets/APP_KEY",
        "JAVA": "-Xmx${MEM}",
    }
    assert made["web-app"]["command"] == ["serve", "--port=80"]
    assert made["web-app"]["depends_on"] == {"my-db": {"condition": "service_healthy"}}
    assert made["web-app"]["volumes"] == ["web-data:/srv:Z"]
    assert [(each.name, each.file) for each in app.secrets] == [
        ("APP_KEY", True),
        ("MEM", False),
    ]
    assert [each.name for each in app.volumes] == ["web-data"]


@pytest.mark.parametrize(
    "comment",
    [
        "# volumes: ${DATA}:/data: is of no release; declare a Volume for data",
        "# volumes: /cache: is a volume without a name, new at each start",
        "# volumes: {'type': 'tmpfs', 'target': '/run'}: a tmpfs comes from the record; see `Service.tmpfs`",
    ],
)
def test_what_a_mount_cannot_be_is_said_as_a_template_would_be_refused(comment: str) -> None:
    assert comment in draft("web", HARD)[0]


def test_the_template_is_one_that_a_release_is_made_of(site: Site) -> None:
    app = finished_by_a_person()["APP"]
    rendered = draft()[1].replace("{% raw %}\n", "").replace("{% endraw %}\n", "")
    made = compose.finished(app, rendered, site, site.hosts[0], "")["services"]

    assert rendered != draft()[1]
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
    assert read_yaml(template.read_text().replace("{% raw %}", "").replace("{% endraw %}", ""))
    with pytest.raises(
        ValueError, match=r"catalogue/apps/my_forge\.py is there already; give the app another"
    ):
        import_compose(tmp_path, "my-forge", THEIRS)
    with pytest.raises(ValueError, match=r"app name '\.\./x' must be lower case, digits and dashes"):
        import_compose(tmp_path, "../x", THEIRS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [}", "compose.yaml line 2 is not YAML: "),
        ("a: 1", "compose.yaml has no services; name a Compose file"),
        ("services: [web]", "compose.yaml has no services"),
        ("services: ", "compose.yaml has no services"),
        ("services:\n  db: {image: a}\n  web: x", "compose.yaml line 3: service 'web' says nothing"),
        ("services:\n  db: {image: a}\n  web: {volumes: 3}", f"compose.yaml line 3: {NOT_COMPOSE}"),
        ("services: {web: {ulimits: {nofile: {soft: 1}}}}", f"compose.yaml line 1: {NOT_COMPOSE}"),
        ("services: {web: {environment: 3}}", NOT_COMPOSE),
        ("services: {web: {depends_on: 3}}", NOT_COMPOSE),
        ("services: {web: {secrets: [{target: a}]}}", NOT_COMPOSE),
    ],
)
def test_what_is_no_compose_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compose_import.imported("web", text)


# In each own way the files of other programs have these: Immich, Plane, Jitsi, Mattermost, Miniflux, Sentry.
WILD = """
x-defaults: &defaults
  MARIADB_PASSWORD: ${MYSQL_PASSWORD:-example}
services:
  app:
    image: ${APP_IMAGE:-example/app}:${APP_VERSION:-release}
    hostname: app.example.org
    networks: [inner]
    security_opt: ["no-new-privileges:true"]
    ulimits: {nofile: {soft: "65536", hard: "${LIMIT}"}}
    sysctls: ["vm.max_map_count=262144"]
    pids_limit: -1
    stop_grace_period: ${WAIT}
    user: "0:0"
    environment:
      - APP__database__PASSWD=app
      - api_key=${lower_key}
      - SECRET_KEY=${SECRET_KEY:-60gp0byfz2dvffa45cxl20p1scy9xbpf}
      - DATABASE_URL=postgres://app:example@db_server/app
      - BROKER=${BROKER:-amqp://${MQ_USER:-app}:${MQ_PASSWORD:-app}@mq}
      - TOKEN_HOURS=24
      - ALLOW_PASSWORD_LOGIN=${ALLOW:-false}
      - ADMIN_PASSWORD=${ADMIN_PASSWORD:-}
      - MAIL_FROM
      - MAIL_PASSWORD
    volumes: ["${DATA:-data}:/data"]
    depends_on: &needed {db: {condition: service_healthy}}
  Worker:
    image: example/app:1
    depends_on: *needed
    environment: [LEVEL]
    networks: {inner: {aliases: [Jobs, jobs], ipv4_address: 172.20.0.2}}
  db:
    container_name: db_server
    image: docker.io/postgres:15-alpine@sha256:00
    environment: {POSTGRES_PASSWORD: example, LEVEL: }
    healthcheck: {test: ["CMD", "pg", "${DB_USER}"], start_period: "${WAIT}"}
    deploy: {resources: {limits: {memory: 1G}}}
  cache:
    image: mariadb:11
    networks: {inner: {aliases: ["${NAME}"]}}
    environment: {<<: *defaults}
"""


def test_every_record_loads_once_a_person_has_decided_what_it_says(site: Site) -> None:
    app: App = finished_by_a_person(draft("wild", WILD)[0])["APP"]

    assert compose.finished(app, draft("wild", WILD)[1], site, site.hosts[0], "")
    assert not [each for each in app.services if each.extra_rights or each.ports]


def test_no_example_of_a_secret_is_taken_for_a_setting() -> None:
    app, _, db, cache = read_yaml(draft("wild", WILD)[1])["services"].values()

    assert app["environment"] == {
        "APP__database__PASSWD": "${APP__DATABASE__PASSWD}",
        "api_key": "${LOWER_KEY}",
        "SECRET_KEY": "${SECRET_KEY}",
        "DATABASE_URL": "${DATABASE_URL}",
        "BROKER": "amqp://app:${MQ_PASSWORD}@mq",
        "TOKEN_HOURS": "24",
        "ALLOW_PASSWORD_LOGIN": "false",
        "ADMIN_PASSWORD": "",
        "MAIL_PASSWORD": "${MAIL_PASSWORD}",
    }
    assert (db["environment"], cache["environment"]) == (
        {"POSTGRES_PASSWORD": "${POSTGRES_PASSWORD}"},
        {"MARIADB_PASSWORD": "${MYSQL_PASSWORD}"},
    )


def test_what_is_known_of_a_database_and_its_names_and_memory_is_in_the_record() -> None:
    app, worker, db, cache = finished_by_a_person(draft("wild", WILD)[0])["APP"].services

    assert (worker.name, worker.aliases) == ("worker", ("jobs",))
    assert (app.hostname, app.image.repository) == ("app.example.org", "docker.io/example/app")
    assert (db.image.repository, db.aliases, db.memory_mb) == (
        "docker.io/library/postgres",
        ("db_server",),
        1024,
    )
    assert (app.sidecar, db.sidecar, cache.sidecar) == (
        None,
        Sidecar(engine="postgres"),
        Sidecar(engine="mariadb"),
    )


@pytest.mark.parametrize(
    "comment",
    [
        "# image: example/app:release: it has no version that could be pinned; write the one that you mean",
        "# ulimits: {'nofile': {'soft': '65536', 'hard': '${LIMIT}'}}: it is not known how much that",
        "# sysctls: ['vm.max_map_count=262144']: sysctls[0] is 'vm.max_map_count=262144'; write one that a",
        "# pids_limit: -1: pids_limit is -1; write a number above 0",
        "# stop_grace_period: ${WAIT}: it is not known how much that is; write it in numbers",
        "# user: 0:0: runs as root; say in `because` why it must",
        "# healthcheck: {'test': ['CMD', 'pg', '${DB_USER}'], 'start_period': '${WAIT}'}: it asks for a",
        "# networks: {'inner': {'aliases': ['${NAME}']}}: aliases[0] is '${name}'; write a host's name",
        "# networks: {'inner': {'aliases': ['Jobs', 'jobs'], 'ipv4_address': '172.20.0.2'}}: `Service",
        "# deploy: {'resources': {'limits': {'memory': '1G'}}}: one container of each service",
    ],
)
def test_what_a_record_would_refuse_is_a_comment_in_its_words(comment: str) -> None:
    assert comment in draft("wild", WILD)[0]


def test_what_a_file_only_passes_on_is_listed_once_and_left_out() -> None:
    head, _, below = draft("wild", WILD)[1].partition("services:")

    assert head.splitlines() == [
        "# Without a value in its file, for whoever starts it to give; write NAME: VALUE for those that you",
        "# set: MAIL_FROM, LEVEL",
    ]
    assert "MAIL_FROM" not in below
    assert "# Without" not in draft()[1]
    assert "&" not in below


@pytest.mark.parametrize("settled", ["security_opt", "['inner']", "container_name", "sha256"])
def test_nothing_is_said_of_what_is_so_anyway(settled: str) -> None:
    assert settled not in draft("wild", WILD)[0]


def drafted(keys: str) -> tuple[str, str]:
    """Of one service with these keys."""
    image = "" if "image:" in keys else "image: 'example/web:1', "
    return draft("x", f"services: {{web: {{{image}{keys}}}}}")


@pytest.mark.parametrize("sign", ["{{", "{%", "{#"])
def test_what_a_template_would_read_otherwise_is_kept_from_it(sign: str) -> None:
    assert drafted(f"environment: {{A: '{sign} a'}}")[1].count("{% raw %}") == 1
    assert "raw" not in drafted("environment: {A: 'a'}")[1]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("ulimits: {nofile: {soft: 1, hard: 2}}", 'Ulimit(name="nofile", soft=1, hard=2)'),
        ("networks: {a: {}, b: , c: {aliases: [other]}}", 'aliases=("other",)'),
        ("image: 'example/web:${TAG:-1.2.3}'", 'tag="1.2.3"'),
        ("image: 'example/web:${TAG:?which}'", 'tag="TODO"'),
    ],
)
def test_what_has_a_place_in_the_record_is_there(keys: str, said: str) -> None:
    assert said in drafted(keys)[0]
