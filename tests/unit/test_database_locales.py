"""A database's collation, character type and template: for a new one; one that is there keeps its own."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue.model import Database
from tasks.databases import operation, parsed, refusal, statements
from tasks.databases.state import ServerState
from tasks.secrets import Sensitive
from tests.unit.test_databases import OUTLINE, SERVER

LOCALE = "locale/out_line/en_US.utf8/C"
CHAT = replace(OUTLINE, name="chat", database=Database())
SORTED = replace(OUTLINE, database=Database(lc_collate="C"))


@pytest.mark.parametrize(
    ("database", "told"),
    [
        (Database(), ""),
        (Database(lc_collate="C"), " TEMPLATE template0 LC_COLLATE 'C'"),
        (
            Database(lc_collate="C", lc_ctype="de_DE.UTF-8"),
            " TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'de_DE.UTF-8'",
        ),
        (Database(template="template_postgis"), " TEMPLATE template_postgis"),
        (Database(lc_ctype="C", template="bare"), " TEMPLATE bare LC_CTYPE 'C'"),
    ],
)
def test_a_new_database_is_made_as_its_record_says(database: Database, told: str) -> None:
    assert database.options == told
    made = statements(replace(OUTLINE, database=database), "x")
    assert f"\\set options '{told.replace(chr(39), chr(39) * 2)}'" in made.splitlines()


@pytest.mark.parametrize(
    ("database", "problem"),
    [
        (Database(), None),
        (Database(lc_collate="en_US.UTF-8", lc_ctype="C"), None),
        (
            Database(lc_collate="C"),
            "lc_collate is en_US.utf8, and the record says C: PostgreSQL gives it to a new database only; "
            'write lc_collate="en_US.utf8" into the record, or move the data into a new database',
        ),
        (
            Database(lc_ctype="C.UTF-8"),
            "lc_ctype is C, and the record says C.UTF-8: PostgreSQL gives it to a new database only; "
            'write lc_ctype="C" into the record, or move the data into a new database',
        ),
    ],
)
def test_the_locale_of_a_database_cannot_change(database: Database, problem: str | None) -> None:
    app = replace(OUTLINE, database=database)

    assert refusal(app, parsed([*SERVER, LOCALE])) == problem
    assert refusal(app, parsed(["role/out_line"])) is None


@pytest.mark.parametrize("wrong", [{"lc_collate": "C'; DROP"}, {"lc_ctype": ""}, {"template": "a b"}])
def test_what_is_no_locale_or_template_is_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"database: {name} is .*; write a"):
        Database(**wrong)


class Log(list[str]):
    error = list.append
    log = list.append


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    said = Log()
    monkeypatch.setattr(operation, "logger", said)
    monkeypatch.setattr(operation, "host", SimpleNamespace(print_prefix="[h] ", log=said.log))
    return said


def ran(
    monkeypatch: pytest.MonkeyPatch, *, executing: bool, failed: dict[str, str] | None = None
) -> tuple[list[Any], dict[str, str], list[str]]:
    """The commands' results, the problems by app, and the names of the apps that were made."""
    made: list[str] = []

    def apply(apps: list[Any], *_: object) -> dict[str, str]:
        made.extend(each.name for each in apps)
        return failed or {}

    def found(*_: object) -> ServerState:
        return parsed([*SERVER, LOCALE])

    monkeypatch.setattr(operation, "_found", found)
    monkeypatch.setattr(operation, "_apply", apply)
    monkeypatch.setattr(operation, "state", SimpleNamespace(is_executing=executing))
    problems: dict[str, str] = {"old": "of the run before"}
    run: Any = operation.converged
    commands = list(run._inner(apps=[SORTED, CHAT], passwords={}, admin=Sensitive(""), problems=problems))
    results = [each.function(None, operation.host) for each in commands] if executing else commands
    return results, problems, made


def test_a_plan_says_that_a_locale_cannot_change_and_plans_the_others(
    monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    commands, problems, made = ran(monkeypatch, executing=False)

    assert problems.keys() == {"out-line"}
    assert (len(commands), made) == (1, [])
    assert log[0].startswith("[h] out-line: database: lc_collate is en_US.utf8, and the record says C: ")
    assert log[1] == "chat: role missing, database missing"


def test_an_app_whose_locale_cannot_change_is_left_and_fails_and_the_others_are_made(
    monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    results, problems, made = ran(monkeypatch, executing=True, failed={"chat": "no room"})

    assert (results, made) == ([False], ["chat"])
    assert problems.keys() == {"out-line", "chat"}
    assert log[-1] == "[h] chat: database: no room"
