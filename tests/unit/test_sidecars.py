"""A database beside an app declares itself: engine, version, how it is dumped."""

import re
from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import App, Health, Image, Service, Sidecar, Site, Upgrade
from tests.support.documents import rows
from tests.support.fixtures import FIXTURES, built
from tests.support.site import app as the
from tests.support.site import release_of
from tests.support.yaml_text import read_yaml


def database(repository: str, tag: str, **said: Any) -> Service:
    return Service(
        name="db",
        image=Image(repository=f"docker.io/{repository}", tag=tag),
        health=Health(command=("true",), start_seconds=1),
        memory_mb=64,
        user="1:1",
        sidecar=Sidecar(**{"engine": "postgres", **said}),
    )


def seen(service: Service, site: Site) -> views.SidecarDatabase:
    app = App(
        name="blog",
        purpose="A blog.",
        group="tools",
        upgrade=Upgrade(step="any", one_way=False),
        services=(service,),
    )
    (found,) = views.sidecars((app, replace(app, name="gone", present=False)), site)
    return found


@pytest.mark.parametrize(
    ("repository", "tag", "version"),
    [
        ("library/postgres", "16.4-alpine", "16"),
        ("pgvector/pgvector", "0.8.0-pg17", "17"),
        ("timescale/timescaledb", "2.17.2-pg16", "16"),
        ("immich/postgres", "14-vectorchord0.3.0", "14"),
    ],
)
def test_its_version_is_that_of_its_image(site: Site, repository: str, tag: str, version: str) -> None:
    assert seen(database(repository, tag), site).version == version


def test_a_backup_learns_all_that_it_needs(site: Site) -> None:
    found = seen(database("pgvector/pgvector", "pg17", extensions=("vector",), dump=("pg_dump", "a")), site)

    assert (found.app.name, found.service, found.engine) == ("blog", "db", "postgres")
    assert (found.extensions, found.dump) == (("vector",), ("pg_dump", "a"))
    assert [host.name for host in found.hosts] == ["tools-prod"]


@pytest.mark.parametrize(
    ("app", "service", "engine", "version", "dump"),
    [
        (
            *("leantime", "mariadb", "mariadb", "11"),
            "MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb-dump --user=root --single-transaction -A",
        ),
        ("penpot", "penpot-postgres", "postgres", "15", "pg_dumpall --username=$POSTGRES_USER"),
    ],
)
def test_one_view_says_of_each_what_saves_it_and_what_may_read_it_back(
    site: Site, app: str, service: str, engine: str, version: str, dump: str
) -> None:
    known = {each.app.name: each for each in views.sidecars((*APPS, *FIXTURES), site)}
    found = known[app]

    assert (found.service, found.engine, found.version) == (service, engine, version)
    assert found.dump == ("sh", "-c", dump)
    assert [host.name for host in found.hosts] == ["tools-prod"]


def test_a_dump_is_given_the_variables_that_it_asks_for(site: Site) -> None:
    made = {**built(), "leantime": release_of(the("leantime"), site)}
    asked = []
    for found in views.sidecars([release.app for release in made.values()], site):
        file = read_yaml(made[found.app.name].files["compose.yaml"].decode())
        asked += re.findall(r"\$(\w+)", found.dump[-1])

        assert asked[-1] in file["services"][found.service]["environment"]
    assert sorted(asked) == ["MARIADB_ROOT_PASSWORD", "POSTGRES_USER"]


def test_without_a_command_of_its_own_it_is_dumped_as_its_engine_is(site: Site) -> None:
    found = seen(database("library/postgres", "16.4"), site)

    assert found.dump == ("sh", "-c", "pg_dumpall --username=$POSTGRES_USER")


def test_an_image_of_another_engine_or_without_a_version_is_refused() -> None:
    with pytest.raises(
        ValueError, match="service 'db': its sidecar is postgres, and its image is mariadb; correct one"
    ):
        database("library/mariadb", "11.8.8")
    with pytest.raises(ValueError, match="service 'db': sidecar is 'mysql'; write Sidecar"):
        replace(database("library/postgres", "16.4"), sidecar="mysql")  # type: ignore[arg-type]


def test_the_documents_list_each_with_its_dump(site: Site) -> None:
    wanted = {
        (
            each.app.name,
            f"`{each.service}`",
            f"{each.engine} {each.version}",
            f"`{each.dump[-1]}`",
        )
        for each in views.sidecars(APPS, site)
    }
    shown = {
        (cells[0].lower(), *cells[1:])
        for cells in rows("docs/operating.md", "| program | service | engine |")
    }

    assert wanted
    assert shown == wanted
