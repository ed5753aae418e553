"""The operation that makes databases: what it sends, what it believes, and when it counts as failed."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.databases import ask, statements
from tasks.databases.operation import converged
from tasks.secrets import Sensitive
from tests.support.operations import Answer, FakeHost, changed, commands, done, on
from tests.support.site import app

OUTLINE, N8N = app("outline"), app("n8n")
PASSWORDS = {"outline": Sensitive("of-outline"), "n8n": Sensitive("of-n8n")}
DATA = {
    "postgres_host": "pg.example.net",
    "postgres_port": 5433,
    "postgres_admin": "boss",
    "postgres_sslmode": "verify-full",
    "postgres_root_cert": "/etc/ssl/pg's.pem",
}
GOOD = [
    *("role/outline", "database/outline/outline/f"),
    *(f"login/outline/{name}" for name in ("plpgsql", "uuid-ossp", "pg_trgm", "unaccent", "citext")),
]


def host_with(*answers: Answer) -> FakeHost:
    return FakeHost(data=SimpleNamespace(**DATA), answers=list(answers))


def run(host: FakeHost, problems: dict[str, str], *apps: Any) -> list[Any]:
    admin = Sensitive("of-boss")
    return commands(converged, apps=apps, passwords=PASSWORDS, admin=admin, problems=problems)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_server_as_it_should_be_is_asked_once_and_changed_never() -> None:
    host, problems = host_with(Answer(stdout_lines=GOOD)), dict[str, str]()

    with on(host):
        assert run(host, problems, OUTLINE) == []

    assert problems == {}
    assert host.said == []


def test_where_no_app_has_a_database_nothing_is_asked() -> None:
    host = host_with()

    with on(host):
        assert run(host, {}) == []
    assert host.ran == []


def test_the_server_is_asked_where_and_as_whom_and_under_which_limits_the_values_say() -> None:
    host = host_with(Answer(stdout_lines=GOOD))
    host.current_op_global_arguments = {"_sudo": True}
    with on(host):
        run(host, {}, OUTLINE)
    [(script, stdin)] = host.ran

    assert host.told == [{"print_output": False, "print_input": False, "_sudo": True}]
    assert stdin == [encoded("of-boss"), f"outline {encoded('of-outline')}"]
    assert "of-boss" not in script
    exported = [line.removeprefix("export ") for line in script.splitlines() if line.startswith("export PG")]
    assert exported == [
        "PGHOST=pg.example.net",
        "PGPORT=5433",
        "PGADMIN=boss",
        "PGSSLMODE=verify-full",
        """PGSSLROOTCERT='/etc/ssl/pg'"'"'s.pem'""",
        "PGCONNECT_TIMEOUT=10",
        "PGAPPNAME=guildhall",
        "PGOPTIONS='-c client_min_messages=warning'",
    ]


def test_what_differs_is_said_and_then_made_for_those_apps_alone() -> None:
    host = host_with(Answer(stdout_lines=GOOD), Answer(stdout_lines=["n8n/"]))
    problems = {"n8n": "of an earlier run"}
    with on(host):
        [command] = run(host, problems, OUTLINE, N8N)

        assert done(command, host)

    assert (problems, host.said) == ({}, ["n8n: role missing, database missing"])
    _, [admin, line] = host.ran[1]
    role, sql, password = line.split()
    assert (admin, role, password) == (encoded("of-boss"), "n8n", encoded("of-n8n"))
    made = base64.b64decode(sql).decode()
    assert "SCRAM-SHA-256$4096:" in made
    assert "of-n8n" not in made


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(stdout_lines=["n8n/ERROR: no space left"]), "ERROR: no space left"),
        (Answer(stdout_lines=[]), "the connection to the host was lost"),
        (Answer(stdout_lines=["outline/"]), "the connection to the host was lost"),
        (
            Answer(succeeded=False, stdout_lines=["n8n/"], stderr="Broken pipe"),
            "the connection to the host was lost",
        ),
    ],
)
def test_only_a_role_that_was_said_to_be_made_counts_as_made(answer: Answer, reason: str) -> None:
    host, problems = host_with(Answer(stdout_lines=[]), answer), dict[str, str]()

    with on(host):
        [command] = run(host, problems, N8N)

        assert not done(command, host)
    assert problems == {"n8n": reason}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(stdout_lines=["problem/FATAL: no such host"]), "FATAL: no such host"),
        (Answer(succeeded=False, stdout_lines=GOOD, stderr="Broken pipe"), "Broken pipe"),
    ],
)
def test_a_server_that_cannot_be_asked_fails_every_app_and_changes_nothing(
    answer: Answer, reason: str
) -> None:
    host, problems = host_with(answer), dict[str, str]()

    with on(host):
        [command] = run(host, problems, OUTLINE, N8N)

        assert not done(command, host)
    assert problems == {"outline": reason, "n8n": reason}
    assert len(host.ran) == 1


def test_a_plan_notes_a_server_that_cannot_be_asked_and_plans_nothing() -> None:
    host, problems = host_with(Answer(stdout_lines=["problem/FATAL: no such host"])), dict[str, str]()

    with on(host, executing=False):
        assert run(host, problems, OUTLINE) == []
    assert list(problems) == ["outline"]


def test_a_database_is_closed_to_every_other_role_before_its_extensions_are_made() -> None:
    said = statements(OUTLINE, "SCRAM…").splitlines()
    lines = [line for line in said if line and not line.startswith("--")]
    extensions = [line for line in lines if line.startswith("CREATE EXTENSION")]

    assert extensions
    assert lines[-len(extensions) - 1] == 'REVOKE CONNECT ON DATABASE :"role" FROM PUBLIC;'


def test_what_was_asked_before_is_not_asked_again() -> None:
    host = host_with(Answer(stdout_lines=GOOD))

    with on(host):
        ask([OUTLINE], PASSWORDS, Sensitive("of-boss"))
        assert run(host, {}, OUTLINE) == []
    assert len(host.ran) == 1


def test_what_was_asked_of_other_apps_or_before_a_change_is_asked_again() -> None:
    host = host_with(*[Answer(stdout_lines=GOOD)] * 3)

    with on(host):
        ask([N8N], PASSWORDS, Sensitive("of-boss"))
        run(host, {}, OUTLINE)
        ask([OUTLINE], PASSWORDS, Sensitive("of-boss"))
        changed(host)
        host.answers.append(Answer(stdout_lines=GOOD))
        run(host, {}, OUTLINE)
    assert len(host.ran) == 4


def test_a_connection_that_breaks_is_a_problem_of_every_app() -> None:
    host, problems = host_with(), dict[str, str]()
    host.run_shell_command = broken  # type: ignore[method-assign]

    with on(host, executing=False):
        ask([OUTLINE], PASSWORDS, Sensitive("of-boss"))
        assert run(host, problems, OUTLINE) == []
    assert problems == {"outline": "the connection broke (no route)"}


def broken(*_: object, **__: object) -> Any:
    raise OSError("no route")
