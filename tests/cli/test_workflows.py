"""The workflows of GitHub: each step is a command that there is, and together they do their job."""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tasks.settings import ROOT
from tests.support.commands import commands
from tests.support.documents import blocks
from tests.support.github import github
from tests.support.plans import BARE_HOSTS, production
from tests.support.workflows import Runner, steps, workflow

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd"


def said(line: str) -> list[str]:
    """The words of the one command of a step; what else a step may say is taken away."""
    for harmless in (r" >\w+\.md \|\| test \$\? = 2$", r" 2>&1 \| tee -a \w+\.txt$"):
        line = re.sub(harmless, "", line)
    assert not re.search(r"[|&;<>`]|\$\(|\$\{", line), line
    return shlex.split(line)


NAMES = [path.stem for path in WORKFLOWS]


@pytest.mark.parametrize("name", NAMES)
def test_each_step_of_a_workflow_is_a_command_that_there_is(name: str) -> None:
    """As its own parser takes it: options, and how many words."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for step in steps(name):
        if "run" not in step:
            continue
        program, *words = said(step["run"])
        if program == "make":
            assert set(words) <= targets
            continue
        assert program == ".venv/bin/guildhall"
        assert parsed(words), step


def parsed(words: list[str]) -> bool:
    """Whether Click takes these words, of a command that is none of a group."""
    known = commands()
    deep = max(count for count in range(len(words) + 1) if tuple(words[:count]) in known)
    command, rest = known[tuple(words[:deep])], iter(words[deep:])
    given = [word for word in rest if not (word in command.taking and next(rest))]
    options = {word for word in given if word.startswith("-")}
    plain = len(given) - len([word for word in given if word.startswith("-")])
    return (
        not command.group
        and options <= set(command.options)
        and command.least <= plain
        and (command.most < 0 or plain <= command.most)
    )


def test_each_step_for_gitlab_and_cron_is_a_command_that_there_is() -> None:
    [block], [line] = blocks("docs/ci.md", "yaml"), blocks("docs/ci.md", "crontab")
    jobs = [each for each in yaml.safe_load(block).values() if isinstance(each, dict) and "script" in each]
    ours = [
        *(words for job in jobs for words in (*job["script"], *job.get("after_script", ()))),
        *re.findall(r"\.venv/bin/guildhall [^;]+", line.strip()),
        *re.findall(r"\.venv/bin/guildhall .+", "".join(blocks("docs/ci.md", "ini"))),
    ]

    assert len(ours) > 20
    for each in ours:
        program, *words = said(each.strip())
        assert program == "make" or parsed(words), each


def test_words_that_no_command_takes_are_found() -> None:
    assert parsed(["ci", "comment", "plan.md", "--pull", "7"])
    for wrong in ("ci", "ci comment", "ci comment a b --pull 7", "plan --nosuch", "nosuch", "dns check now"):
        assert not parsed(wrong.split()), wrong
    for wrong in ("make check; curl x", "guildhall plan | sh", "guildhall plan $(id)", "make test || true"):
        with pytest.raises(AssertionError):
            said(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_has_no_more_rights_than_it_says_why(name: str) -> None:
    text = (ROOT / f".github/workflows/{name}.yml").read_text()
    made = workflow(name)

    assert made["permissions"] == {}
    assert made["concurrency"]["group"]
    assert "pull_request_target:" not in text
    for job in made["jobs"].values():
        assert job["timeout-minutes"]
        assert set(job["permissions"].values()) <= {"read", "write"}
    for line in re.findall(r"^ +(?:- )?uses: (.*)$", text, re.MULTILINE):
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    for step in steps(name):
        assert "${{" not in step.get("run", "")
        if step.get("uses") == CHECKOUT:
            assert step["with"]["persist-credentials"] is False


def test_what_needs_no_secret_has_none_and_only_a_deploy_has_the_rights_of_one() -> None:
    of = {name: str(workflow(name)) for name in NAMES}
    environments = {
        (name, job.get("environment")) for name in NAMES for job in workflow(name)["jobs"].values()
    }

    assert {name for name, text in of.items() if "secrets." in text} == {"plan", "deploy", "drift"}
    assert {each for each in environments if each[1]} == {
        ("plan", "plan"),
        ("drift", "readonly"),
        ("deploy", "readonly"),
        ("deploy", "production"),
    }
    assert workflow("deploy")["concurrency"]["cancel-in-progress"] is False
    assert "head.repo.full_name == github.repository" in workflow("plan")["jobs"]["plan"]["if"]


ENDS = """\
for each in $ENDS; do
  [ "$1" != "${each%=*}" ] || { echo "$1 ended with ${each#*=}"; exit "${each#*=}"; }
done
"""
"""What asks other servers, verify and the DNS, ends as ENDS says; so does drift where that says so."""


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """In a checkout whose hosts are bare and never contacted."""
    with production(tmp_path / "copy") as operator, github() as has:
        made = Runner(operator.project.root, has, operator.environment)
        made.program(f'{ENDS}exec {sys.executable} {BARE_HOSTS} guildhall "$@"')
        yield made


def ending(**ends: int) -> dict[str, str]:
    return {"ENDS": " ".join(f"{name}={code}" for name, code in ends.items())}


def test_the_steps_of_a_plan_comment_on_the_pull_request_once(runner: Runner) -> None:
    for _ in range(2):
        assert runner.runs("plan") == []

    [comment] = runner.has.comments
    assert comment["body"].startswith("<!-- guildhall: plan, production -->\n### Plan for production: ")
    assert "| outline |" in comment["body"]
    assert [each for each in runner.has.asked if not each.startswith("GET")] == [
        "POST issues/7/comments",
        "PATCH issues/comments/0",
    ]


def test_the_steps_of_a_night_open_update_and_close_one_issue(runner: Runner) -> None:
    ill = runner.runs("drift", **ending(verify=1, dns=0))
    [issue] = runner.has.issues
    assert [words.split()[1] for words in ill] == ["drift", "verify"]
    assert issue["state"] == "open"
    assert "tools-prod: outline: is not there yet" in issue["body"]
    assert "verify ended with 1" in issue["body"]

    (runner.root / "report.txt").unlink()
    assert len(runner.runs("drift", **ending(drift=0, verify=0, dns=2))) == 1
    assert "dns ended with 2" in issue["body"]
    assert "is not there yet" not in issue["body"]

    assert runner.runs("drift", **ending(drift=0, verify=0, dns=0)) == []
    assert (issue["state"], len(runner.has.issues)) == ("closed", 1)
