"""What a template may say: each key of Compose has its row, and what is refused is refused by its name."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest
import yaml

from catalogue.model import App, Health, Image, Service, Site, Upgrade, Volume
from tasks.stacks import compose
from tasks.stacks.compose_keys import SERVICE, TOP, Key
from tasks.stacks.refusals import RefusedError
from tests.support.documents import blocks, rows

WEB = Service(
    name="web",
    image=Image(repository="docker.io/example/web", tag="1.2.3"),
    health=Health(command=("true",), start_seconds=1),
    memory_mb=64,
    user="1:1",
)
BLOG = App(
    name="blog",
    purpose="A blog.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    services=(WEB, replace(WEB, name="db"), replace(WEB, name="migrate", health=None, one_shot=True)),
    volumes=(Volume(name="data", owner="1:1", backup=True),),
)
WHO = {
    "template": "template",
    "record": "record",
    "always": "same for all",
    "nobody": "not supported",
}
WEB_TEXT = "services:\n  db:\n  migrate:\n  web:\n    x-note: a\n"
# A value that is right for the key: the others take anything.
VALUES: dict[str, Any] = {
    "volumes": ["data:/data"],
    "depends_on": ["db"],
    "secrets": ["KEY"],
    "environment": {"A": "b"},
}


def finished(site: Site, web: dict[str, Any] | None = None, **top: Any) -> dict[str, Any]:
    """The web service of the finished file."""
    template = yaml.safe_dump({"services": {"web": web, "db": None, "migrate": None}} | top)
    file = compose.finished(BLOG, template, site, site.hosts[0], "")
    return file["services"]["web"]  # type: ignore[no-any-return]


def refusal(site: Site, web: dict[str, Any] | None = None, **top: Any) -> str:
    with pytest.raises(RefusedError, match=r".") as caught:
        finished(site, web, **top)
    return str(caught.value)


def refused_in(site: Site, template: str) -> tuple[int, str]:
    """The line that a text is refused for, and what is said."""
    with pytest.raises(RefusedError, match=r".") as caught:
        compose.finished(BLOG, template, site, site.hosts[0], "")
    return caught.value.line(template), str(caught.value)


@pytest.mark.parametrize("key", [key for key, row in SERVICE.items() if row.says == "template"])
def test_what_a_template_may_say_reaches_compose(site: Site, key: str) -> None:
    value = VALUES.get(key, "/srv")

    assert finished(site, {key: value})[key] == value


SAID = {
    "record": "comes from the record; drop it here, and see",
    "always": "is the same for every container; drop it:",
    "nobody": "is not supported; drop it:",
}


@pytest.mark.parametrize("key", [key for key, row in SERVICE.items() if row.says != "template"])
def test_what_is_not_the_templates_is_refused_with_its_line_and_the_field_or_a_reason(
    site: Site, key: str
) -> None:
    row = SERVICE[key]
    said = f"service 'web': {key} {SAID[row.says]} {row.how}"

    assert refused_in(site, f"{WEB_TEXT}    {key}: [a]\n") == (6, said)


@pytest.mark.parametrize("key", sorted(set(TOP) - {"services"}))
def test_of_the_whole_file_only_services_are_the_templates(site: Site, key: str) -> None:
    line, said = refused_in(site, f"{WEB_TEXT}{key}:\n  data: {{}}\n")

    assert line == 6
    assert said.startswith(f"{key} ")
    assert said.endswith(TOP[key].how)


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("enviroment", "did you mean environment?"),
        ("port", "did you mean ports?"),
        ("zzz", "Compose has none of that name"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(site: Site, key: str, end: str) -> None:
    assert refusal(site, {key: 1}) == f"service 'web': {key} is no key that is known here; {end}"


def test_a_part_that_others_refer_to_is_allowed_as_in_compose(site: Site) -> None:
    service = finished(site, {"working_dir": "/srv", "x-note": "a"}, **{"x-common": {"a": 1}})

    assert service["working_dir"] == "/srv"
    assert "x-note" not in service


def test_every_field_that_a_row_names_is_there() -> None:
    words = " ".join(row.how for row in (*SERVICE.values(), *TOP.values()))
    named = {word.strip("`,;.:") for word in words.split() if word.startswith(("`Service.", "`App."))}
    there = {f"{kind.__name__}.{field.name}" for kind in (Service, App) for field in fields(kind)}

    assert len(named) > 20
    assert named <= there


def test_every_key_that_a_record_writes_has_a_row(site: Site) -> None:
    assert set(finished(site)) <= set(SERVICE)


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        (["cache"], "depends_on names 'cache', which is no service of the app; drop it"),
        (["migrate"], "depends_on names 'migrate', a one-shot: it has ended well before"),
        (
            {"migrate": {"condition": "service_completed_successfully"}},
            "depends_on names 'migrate', a one-shot: it has ended well before",
        ),
        (
            {"db": {"condition": "service_completed_successfully"}},
            "depends_on waits for 'db' by service_completed_successfully, and it never ends",
        ),
    ],
)
def test_what_a_service_cannot_wait_for_is_refused(site: Site, needs: Any, words: str) -> None:
    assert refusal(site, {"depends_on": needs}).startswith(f"service 'web': {words}")


@pytest.mark.parametrize("needs", [["db"], {"db": {"condition": "service_healthy", "restart": True}}])
def test_a_service_can_wait_for_another(site: Site, needs: Any) -> None:
    assert finished(site, {"depends_on": needs})["depends_on"] == needs


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ("/data", "/data is a volume without a name, new at each start; declare a Volume in the record"),
        (
            "/etc/localtime:/etc/localtime:ro",
            "/etc/localtime:/etc/localtime:ro is the host's time zone; write `TZ: {{ site.timezone }}` into",
        ),
        ("/etc:/etc:ro", "/etc:/etc:ro is of the host's files; it comes from the record, with a reason"),
        ("./current/a:/a", "./current/a:/a is of the release, which a program must not change; write :ro"),
        ("./live/a:/a:rw,z", "./live/a:/a:rw,z is of the release"),
        ("./live/../../../etc:/etc:ro", "./live/../../../etc:/etc:ro is of the host's files"),
        ("./site.conf:/a:ro", "./site.conf:/a:ro is of no release; declare a Volume for data"),
        ("~/a:/a", "~/a:/a is of no release"),
        ("${DATA}:/a", "${DATA}:/a is of no release"),
        ("cache:/a", "cache:/a is of a volume that the record does not have; declare Volume(name='cache'"),
        ({"type": "tmpfs", "target": "/a"}, "a tmpfs comes from the record; see `Service.tmpfs`"),
        ({"type": "bind", "source": "/etc", "target": "/etc"}, "/etc:/etc is of the host's files"),
        (
            {"type": "volume", "target": "/a"},
            "the mount {'target': '/a', 'type'",
        ),
        (
            {"type": "volume", "source": "data", "target": "/a", "volume": {"subpath": "b"}},
            "the mount {'source': 'data'",
        ),
    ],
)
def test_a_mount_of_what_is_not_the_apps_is_refused(site: Site, mount: Any, words: str) -> None:
    assert refusal(site, {"volumes": [mount]}).startswith(f"service 'web': {words}")


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ({"type": "volume", "source": "data", "target": "/a"}, "data:/a"),
        (
            {"type": "volume", "source": "data", "target": "/a", "volume": {"nocopy": True}},
            "data:/a:nocopy",
        ),
        (
            {
                "type": "bind",
                "source": "./current/a",
                "target": "/a",
                "read_only": True,
                "bind": {"propagation": "rslave", "create_host_path": False},
            },
            "./current/a:/a:ro,rslave",
        ),
    ],
)
def test_a_mount_in_the_long_form_is_the_same_as_in_the_short_one(
    site: Site, long: dict[str, Any], short: str
) -> None:
    assert finished(site, {"volumes": [long]})["volumes"] == [short]


def test_a_changed_file_behind_a_long_mount_changes_the_service(site: Site) -> None:
    web = finished(
        site, {"volumes": [{"type": "bind", "source": "./current/a", "target": "/a", "read_only": True}]}
    )
    one, two = (compose.service_digest(web, {"a": content}, {}) for content in (b"1", b"2"))

    assert one != two


def test_keys_stand_in_one_row_each() -> None:
    assert len(SERVICE) >= 90
    assert all(row.how for row in (*SERVICE.values(), *TOP.values()))
    assert SERVICE["privileged"].says == "nobody"


@pytest.mark.parametrize(
    ("below", "line", "said"),
    [
        (
            "    volumes:\n    - data:/a\n    - type: bind\n      source: /etc\n      target: /a\n",
            8,
            "host's",
        ),
        ("    depends_on:\n      db:\n        condition: service_healthy\n      migrate:\n", 9, "a one-shot"),
        ("    depends_on:\n    - db\n    - cache\n", 8, "no service of the app"),
        ("    environment:\n      A: b\n      B: 5 $\n", 8, "it has a lone $"),
        ("    command:\n    - run\n    - ${LEVEL:-info}\n", 8, "${LEVEL…} says more than a name"),
        ("    environment:\n      A: b\n      B: [1]\n", 8, "B has no text as its value"),
        ("    <<: {tty: true, privileged: true}\n", 6, "privileged is not supported"),
        ("    tty: true\n    tty: false\n", 5, "it is not YAML: while reading a mapping, found 'tty' twice"),
        ("  worker:\n", 6, "services ['db', 'migrate', 'web', 'worker'] are not those of the record"),
        ("    secrets:\n    - source: A\n", 7, "write the secret's name alone"),
        ("    stdin_open:\n", 6, "there is nothing below stdin_open"),
    ],
)
def test_a_refusal_names_the_line_it_is_about(site: Site, below: str, line: int, said: str) -> None:
    found, text = refused_in(site, WEB_TEXT + below)

    assert (found, said in text) == (line, True), text


def table(keys: Mapping[str, Key]) -> list[list[str]]:
    """The rows of docs/from-compose.md: the keys of which the same is true stand in one."""
    found: dict[Key, list[str]] = {}
    for name, row in keys.items():
        found.setdefault(row, []).append(f"`{name}`")
    return [[", ".join(names), WHO[row.says], row.how] for row, names in found.items()]


@pytest.mark.parametrize(("head", "keys"), [("| key of a service |", SERVICE), ("| key of the file |", TOP)])
def test_the_documents_table_is_the_one_that_decides(head: str, keys: Mapping[str, Key]) -> None:
    assert list(rows("docs/from-compose.md", head)) == table(keys)


def test_the_documents_example_is_what_the_compose_file_became(site: Site) -> None:
    record, template = (blocks("docs/from-compose.md", language) for language in ("python", "yaml"))
    names: dict[str, Any] = {}
    exec(record[0], names)  # noqa: S102 - our own document
    file = compose.finished(names["APP"], template[0], site, site.hosts[0], "edge_links")

    assert file["services"]["links"]["ulimits"] == {"nofile": {"soft": 1024, "hard": 65536}}
    assert file["services"]["links"]["volumes"][0] == "data:/data"
