"""The programs that make databases, run by a shell; psql is a stand-in that tells how it was called."""

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tasks.settings import ROOT

PSQL = """\
import json, os, sys
from pathlib import Path
here = Path(os.environ["HERE"])
stdin = sys.stdin.read()
secret = os.environ.get("PGPASSWORD")
with (here / "calls").open("a") as calls:
    print(json.dumps({"words": sys.argv[1:], "password": secret, "stdin": stdin}), file=calls)
answer = json.loads((here / "answers").read_text()).get(secret, {})
print(answer.get("out", ""), end="")
print(answer.get("err", ""), end="", file=sys.stderr)
sys.exit(answer.get("code", 0))
"""


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@dataclass
class Shell:
    """A folder of programs, with a psql that answers by the password that it is given."""

    folder: Path

    def run(self, program: str, *lines: str, answers: dict[str, Any] | None = None) -> list[str]:
        """The lines that a program prints; it must end well."""
        files = ROOT / "files/databases"
        (self.folder / "answers").write_text(json.dumps(answers or {}))
        ran = subprocess.run(
            ["/bin/sh", "-c", (files / "psql.sh").read_text() + (files / program).read_text()],
            env={
                "PATH": str(self.folder),
                "HERE": str(self.folder),
                "PGADMIN": "boss",
                "STATE": "SELECT state",
                "LOGIN": "SELECT login",
            },
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.splitlines()

    @property
    def calls(self) -> list[dict[str, Any]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    for name in ("base64", "sed", "tr"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    psql = tmp_path / "psql"
    psql.write_text(f"#!{os.path.realpath(sys.executable)}\n{PSQL}")
    psql.chmod(0o755)
    return Shell(tmp_path)


def test_statements_stop_at_their_first_error_and_no_password_is_an_argument(shell: Shell) -> None:
    line = f"wiki {encoded('CREATE ROLE wiki;')} {encoded('of-wiki')}"

    assert shell.run("apply.sh", encoded("of-boss"), line) == ["wiki/"]
    made, tried = shell.calls
    common = [
        *("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=/"),
        *("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"),
    ]
    assert made == {
        "words": [*common, "--username=boss", "--dbname=postgres", "--file=-"],
        "password": "of-boss",
        "stdin": "CREATE ROLE wiki;",
    }
    assert tried == {
        "words": [*common, "--username=wiki", "--dbname=wiki", "--command=SELECT 1"],
        "password": "of-wiki",
        "stdin": "",
    }


@pytest.mark.parametrize(
    ("answers", "said", "calls"),
    [
        (
            {"of-boss": {"code": 3, "err": "NOTICE: a\npsql:<stdin>:5: ERROR:  no\tspace left\nmore\n"}},
            "wiki/ERROR:  no space left",
            1,
        ),
        (
            {"of-wiki": {"code": 2, "err": "psql: error: connection to server failed\n"}},
            "wiki/connection to server failed",
            2,
        ),
    ],
)
def test_a_role_that_cannot_log_in_at_the_end_is_said_with_the_first_reason_and_the_next_is_made(
    shell: Shell, answers: dict[str, Any], said: str, calls: int
) -> None:
    lines = [f"{role} {encoded('sql')} {encoded(f'of-{role}')}" for role in ("wiki", "blog")]
    if "of-boss" in answers:
        lines = lines[:1]

    told = shell.run("apply.sh", encoded("of-boss"), *lines, answers=answers)

    assert told == [said, *(["blog/"] if len(lines) > 1 else [])]
    assert len(shell.calls) == calls + (2 if len(lines) > 1 else 0)


def test_the_server_is_asked_by_its_administrator_and_each_login_by_its_own_role(shell: Shell) -> None:
    answers = {
        "of-boss": {"out": "role/wiki\ndatabase/wiki/wiki/f\n"},
        "of-wiki": {"out": "login/wiki/plpgsql\n"},
        "of-blog": {"code": 2, "err": "psql: error: password authentication failed\n"},
    }
    lines = [f"{role} {encoded(f'of-{role}')}" for role in ("blog", "wiki")]

    told = shell.run("read.sh", encoded("of-boss"), *lines, answers=answers)

    assert told == ["role/wiki", "database/wiki/wiki/f", "login/wiki/plpgsql"]
    assert [call["words"][-3:] for call in shell.calls] == [
        ["--username=boss", "--dbname=postgres", "--command=SELECT state"],
        ["--username=blog", "--dbname=blog", "--command=SELECT login"],
        ["--username=wiki", "--dbname=wiki", "--command=SELECT login"],
    ]


def test_a_server_that_does_not_answer_is_a_problem_and_no_role_is_tried(shell: Shell) -> None:
    answers = {"of-boss": {"code": 2, "out": "role/half", "err": "\npsql: error: no route to host\n"}}

    told = shell.run("read.sh", encoded("of-boss"), f"wiki {encoded('of-wiki')}", answers=answers)

    assert told == ["problem/no route to host"]
    assert len(shell.calls) == 1


def test_without_psql_nothing_is_asked(shell: Shell) -> None:
    (shell.folder / "psql").unlink()

    assert shell.run("read.sh", encoded("of-boss"), f"wiki {encoded('of-wiki')}") == ["absent"]
