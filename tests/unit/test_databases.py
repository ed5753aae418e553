"""Databases: what is said to differ is what differs, and the server never sees a password."""

import base64
from dataclasses import replace

import pytest

from catalogue import views
from catalogue.model import App, Database, Health, Image, Service, Upgrade
from tasks.databases import ExistingDatabase, ServerState, differences, parsed, statements, verifier
from tasks.databases.state import extensions

OUTLINE = App(
    name="out-line",
    purpose="The wiki.",
    upgrade=Upgrade(step="any", one_way=False),
    group="tools",
    services=(
        Service(
            name="outline",
            image=Image(repository="docker.io/example/wiki", tag="1.0"),
            health=Health(command=("true",), start_seconds=1),
            memory_mb=64,
            user="1:1",
        ),
    ),
    database=Database(extensions=("uuid-ossp", "pg_trgm")),
)
SERVER = ["role/out_line", "database/out_line/out_line/f", "database/postgres/postgres/t"]


def test_a_role_has_the_name_of_its_app_in_the_letters_that_sql_takes_unquoted() -> None:
    assert views.role(OUTLINE) == "out_line"


def test_a_database_that_is_as_its_record_says_has_no_difference() -> None:
    logins = ["login/out_line/plpgsql", "login/out_line/uuid-ossp", "login/out_line/pg_trgm"]

    assert differences(OUTLINE, parsed([*SERVER, *logins])) == ()


def test_an_empty_server_lacks_the_role_and_the_database() -> None:
    found = parsed(["role/postgres", "database/postgres/postgres/t"])

    assert differences(OUTLINE, found) == ("role missing", "database missing")


def test_a_role_that_cannot_log_in_has_another_password() -> None:
    assert differences(OUTLINE, parsed(SERVER)) == ("its password is refused",)


def test_a_missing_extension_is_named() -> None:
    found = parsed([*SERVER, "login/out_line/plpgsql", "login/out_line/uuid-ossp"])

    assert differences(OUTLINE, found) == ("extension pg_trgm missing",)


def test_a_database_of_another_owner_that_all_may_enter_has_two_differences() -> None:
    database = ExistingDatabase(owner="postgres", open=True)
    found = ServerState(
        roles={"out_line"},
        databases={"out_line": database},
        extensions={"out_line": {"uuid-ossp", "pg_trgm"}},
    )

    assert differences(OUTLINE, found) == (
        "database belongs to postgres",
        "database is open to every role",
    )


def test_a_bare_host_cannot_look_yet_and_says_so() -> None:
    assert differences(OUTLINE, parsed(["absent"])) == ("not looked at yet: psql is not installed",)


MEASURES = replace(OUTLINE, database=Database(statistics=True))


def test_a_role_that_measures_and_may_not_read_statistics_differs() -> None:
    there = [*SERVER, "login/out_line/plpgsql"]

    assert differences(MEASURES, parsed(there)) == ("may not read statistics",)
    assert differences(MEASURES, parsed([*there, "statistics/out_line"])) == ()


def test_the_administrator_and_not_the_role_itself_lets_it_read_statistics() -> None:
    said = statements(MEASURES, "SCRAM…").splitlines()

    assert said[-2:] == ["RESET ROLE;", 'GRANT pg_monitor TO :"role";']
    assert "pg_monitor" not in statements(OUTLINE, "SCRAM…")


def test_a_server_that_does_not_answer_is_a_problem_with_a_reason() -> None:
    reason = 'connection to server at "pg/example" failed'

    assert parsed([f"problem/{reason}"]).problem == reason
    assert parsed(["problem/"]).problem == "psql failed and gave no reason"


def test_the_verifier_is_that_of_the_standards_example() -> None:
    """RFC 7677, section 3."""
    made = verifier("pencil", salt=b"[m\x99h\x9d\x125\x8e\xec\xa0K\x14\x126\xfa\x81")

    assert made == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize("password", ["pässword", "line\nbreak", "tab\tstop"])
def test_a_password_that_servers_might_read_in_two_ways_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(
        ValueError, match=r"^must be printable ASCII; let the secrets command make one$"
    ) as refusal:
        verifier(password)

    assert password not in str(refusal.value)


def test_the_statements_name_the_role_its_verifier_and_its_extensions() -> None:
    lines = statements(OUTLINE, "SCRAM-SHA-256$…").splitlines()

    assert lines[:2] == ["\\set role out_line", "\\set verifier 'SCRAM-SHA-256$…'"]
    assert lines[-2:] == [f'CREATE EXTENSION IF NOT EXISTS "{name}";' for name in ("uuid-ossp", "pg_trgm")]


def test_what_a_server_says_of_a_database_is_read_whole() -> None:
    found = parsed(["database/a/b/owner/t", "database/wiki/out_line/f", "login/wiki/plpgsql"])

    # Whoever made other databases may have named them as they liked.
    assert found.databases == {
        "a/b": ExistingDatabase(owner="owner", open=True),
        "wiki": ExistingDatabase(owner="out_line", open=False),
    }
    assert found.extensions == {"wiki": {"plpgsql"}}
    assert (found.installed, parsed(["absent"]).installed) == (True, False)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (["role/out_line"], ("database missing",)),
        (["database/out_line/out_line/f"], ("role missing",)),
    ],
)
def test_where_one_of_the_two_is_missing_nothing_is_said_of_a_password(
    there: list[str], said: tuple[str, ...]
) -> None:
    assert differences(OUTLINE, parsed(there)) == said


def test_an_app_without_a_database_has_no_extension() -> None:
    assert extensions(replace(OUTLINE, database=None)) == ()
    assert extensions(OUTLINE) == ("uuid-ossp", "pg_trgm")


def test_each_verifier_has_a_salt_of_its_own_of_sixteen_bytes() -> None:
    salts = {verifier("pencil").split("$")[1].partition(":")[2] for _ in range(3)}

    assert len(salts) == 3
    assert {len(base64.b64decode(salt)) for salt in salts} == {16}
