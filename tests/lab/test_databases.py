"""Databases on the real server: healed when changed by hand, closed to each other, never shown a password."""

import re

import pytest

from lab import engine
from tests.lab.conftest import FirstRuns
from tests.lab.managed import as_superuser, stopped
from tests.lab.running import Lab, Outcome
from tests.support.project import Project

pytestmark = pytest.mark.databases

LIMIT = ("--limit", "tools-prod", "--data", "app=outline")
EXPORTER = "node-exporter-node-exporter-1"
# What somebody did, in which database, and what the plan says of it.
CHANGED_BY_HAND = (
    ("DROP EXTENSION pg_trgm", "outline", "extension pg_trgm missing"),
    ("GRANT CONNECT ON DATABASE outline TO PUBLIC", "postgres", "database is open to every role"),
    ("ALTER DATABASE outline OWNER TO guildhall_admin", "postgres", "database belongs to guildhall_admin"),
)


def plan(lab: Lab) -> Outcome:
    return lab.deploy("tools", "--dry", *LIMIT)


def apply(lab: Lab) -> Outcome:
    done = lab.deploy("tools", "-y", *LIMIT)
    assert done.code == 0, done.output
    return done


def password_of(lab: Lab) -> str:
    """The password on the host, proved to be the right one."""
    login = "psql -h postgres.cloud.test -U outline -c 'SELECT 1' >/dev/null"
    return lab.ssh(
        "tools-prod",
        f'. /opt/outline/.env && PGPASSWORD="$DATABASE_PASSWORD" {login} && echo "$DATABASE_PASSWORD"',
    ).strip()


def test_what_was_changed_by_hand_is_named_in_the_plan_and_put_right(lab: Lab, site: FirstRuns) -> None:
    for statement, database, _ in CHANGED_BY_HAND:
        as_superuser(statement, database)
    planned = plan(lab)
    apply(lab)

    for _, _, difference in CHANGED_BY_HAND:
        assert " outline: " in planned.line(difference)
    assert "1 (tools-prod)" not in plan(lab).line("databases: roles")


def test_an_app_owns_its_database_and_cannot_enter_another(site: FirstRuns) -> None:
    owners = as_superuser(
        "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname IN ('outline', 'authentik')"
    )
    may_enter = as_superuser("SELECT has_database_privilege('outline', 'authentik', 'CONNECT')")

    assert sorted(owners.splitlines()) == ["authentik|authentik", "outline|outline"]
    assert may_enter == "f"


def test_the_server_never_saw_the_password(lab: Lab, site: FirstRuns) -> None:
    as_superuser("ALTER SYSTEM SET log_statement = 'all'")
    as_superuser("SELECT pg_reload_conf()")
    as_superuser("ALTER ROLE outline PASSWORD 'another'")
    done = apply(lab)
    as_superuser("ALTER SYSTEM RESET log_statement")
    as_superuser("SELECT pg_reload_conf()")
    log = engine.connect().compose("logs", "postgres")

    assert "outline: its password is refused" in done
    assert "ALTER ROLE" in log
    assert "SCRAM-SHA-256$" in log
    assert password_of(lab) not in log


def test_a_role_that_the_administrator_may_not_touch_stops_only_its_app(lab: Lab, site: FirstRuns) -> None:
    as_superuser("REVOKE outline FROM guildhall_admin GRANTED BY guildhall_admin")
    as_superuser("ALTER ROLE outline PASSWORD 'another'; ALTER ROLE outline SUPERUSER")
    refused = lab.deploy("tools", "-y", "--limit", "tools-prod")
    as_superuser("ALTER ROLE outline NOSUPERUSER")

    assert refused.code == 1
    assert "outline: database: ERROR:  permission denied to alter role" in refused
    apply(lab)


def test_a_server_that_is_gone_is_said_in_one_line_and_stops_no_other_app(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    before = lab.containers("tools-prod")
    project.edit("templates/outline/compose.yaml.j2", 'ENABLE_UPDATES: "false"', 'ENABLE_UPDATES: "true"')
    project.edit("templates/node-exporter/compose.yaml.j2", "      - --no-collector.wifi\n", "")
    with stopped("postgres"):
        run = lab.deploy("tools", "-y", "--limit", "tools-prod", root=project.root)
    after = lab.containers("tools-prod")
    back = lab.deploy("tools", "-y", "--limit", "tools-prod")

    assert run.code == 1
    assert {name for name in before | after if before.get(name) != after.get(name)} == {EXPORTER}
    assert "outline: REFUSED: its database:" in run
    assert 'connection to server at "postgres.cloud.test"' in run.line("[tools-prod]     databases: ")
    assert re.search(r"\boutline\b.* not looked at", run.line("[tools-prod]     databases: "))
    assert "Traceback" not in run
    assert back.code == 0, back.output
