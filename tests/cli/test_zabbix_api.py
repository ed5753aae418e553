"""The program by which Zabbix' API is asked, with a program in the place of docker."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.settings import ROOT

DOCKER = r"""#!/usr/bin/python3
import json, pathlib, sys
here, words = pathlib.Path(__file__).parent, sys.argv[1:]
with (here / "words").open("a") as file:
    file.write(" ".join(words) + "\n")
says = json.loads((here / "says").read_text())
if words[0] == "ps":
    print(says["ps"])
elif words[1:] == ["abc", "printenv", "ADMIN_PASSWORD"]:
    print(says["password"])
else:
    given = sys.stdin.read()
    with (here / "given").open("a") as file:
        file.write(given + "\0")
    (data,) = [json.loads(line[7:]) for line in given.splitlines() if line.startswith("data = ")]
    answers = [says.get(each["method"], {"result": []}) for each in json.loads(data)]
    print(says.get("raw") or json.dumps(answers))
"""
GOOD = {"ps": "abc", "password": 'a"b\\c canary', "user.login": {"result": "t0ken"}}
QUESTIONS = [["host.get", {"output": ["host"]}]]


def asked(folder: Path, told: object = None, **says: Any) -> Any:
    """What it prints."""
    (folder / "says").write_text(json.dumps({**GOOD, **says}))
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    ran = subprocess.run(
        [
            *(sys.executable, "-I", "-S", ROOT / "files/zabbix-api/ask.py"),
            *("zabbix", "web", "8080", json.dumps(QUESTIONS)),
        ],
        input=json.dumps(told) if told else "",
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "canary" not in ran.stdout
    return json.loads(ran.stdout)


def test_calls_come_before_questions_and_no_secret_among_the_words_of_a_program(tmp_path: Path) -> None:
    refused = {"error": {"message": "Invalid params.", "data": 'Host "a"\nis there.'}}
    calls = [["host.create", {"host": "a"}], ["mediatype.update", {"passwd": "canary 2"}]]
    said = asked(tmp_path, {"wait": 0, "calls": calls}, **{"host.create": refused})
    given = (tmp_path / "given").read_text().split("\0")

    assert said == {"errors": ['Invalid params. Host "a" is there.', ""], "answers": [[]]}
    assert [word for each in given for word in ("login", "create", "get", "logout") if word in each] == [
        *("login", "create", "get", "logout")
    ]
    assert all('header = "Authorization: Bearer t0ken"' in each for each in given[1:-1])
    assert "--filter=label=com.docker.compose.project=zabbix" in (tmp_path / "words").read_text()
    for secret in ("canary", "t0ken"):
        assert secret not in (tmp_path / "words").read_text()


def test_the_password_of_an_account_of_mail_is_told_as_its_digest(tmp_path: Path) -> None:
    said = asked(tmp_path, **{"host.get": {"result": [{"passwd": "a canary"}, {"passwd": ""}]}})

    assert said["answers"] == [[{"passwd": hashlib.sha256(b"a canary").hexdigest()}, {"passwd": ""}]]


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ({"ps": ""}, "it does not run"),
        ({"raw": "<html>Bad gateway"}, "it answers no JSON: <html>Bad gateway"),
        (
            {"user.login": {"error": {"data": "Incorrect user name."}}},
            "Admin cannot log in by ADMIN_PASSWORD; store the one that it has: Incorrect user name.",
        ),
        ({"host.get": {"error": {"message": "No permissions."}}}, "it refuses a question: No permissions."),
    ],
)
def test_why_it_cannot_be_asked_is_told_in_a_line(tmp_path: Path, says: dict[str, Any], problem: str) -> None:
    assert asked(tmp_path, **says)["problem"] == problem
