"""What the documents tell a reader to type: each command is there, and is run where it does no harm."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue import APPS
from tasks.settings import ROOT
from tests.support import commands as click_tree
from tests.support.documents import READ, blocks, commands, others, rows, spans
from tests.support.plans import BARE_HOSTS, Production, production

KNOWN = {
    *(".", "cat", "cd", "cp", "docker", "eval", "git", "journalctl", "rm", "ssh", "ssh-keygen"),
    *("openssl", "ssh-keyscan", "tail"),
    *("df", "dmesg", "du", "ls", "systemctl", "timedatectl", "uptime"),
}
"""Programs of others that an operator is told to type."""
HARMLESS = re.compile(r"guildhall (secrets (list|check)|completion \w+|(.* )?--help)")
ALL = sorted({line for path in READ for line in commands(path)})


def beginning(program: str) -> list[str]:
    return [line for line in ALL if line.startswith(f"{program} ")]


def problem(line: str) -> str | None:
    """Why `guildhall` would not take these words; capitals stand for what a reader fills in."""
    words = shlex.split(line)[1:]
    tree = click_tree.commands()
    found = max((known for known in tree if known == tuple(words[: len(known)])), key=len)
    command, rest = tree[found], words[len(found) :]
    options = [word.partition("=")[0] for word in rest if word.startswith("-")]
    values = [word for word, before in zip(rest[1:], rest, strict=False) if before in command.taking]
    given = [word for word in rest if not word.startswith("-") and word not in values]
    if unknown := set(options) - set(command.options):
        return f"it has no option {unknown}"
    if command.group:
        return f"it has no command {given[0]}" if given else None
    if command.most != -1 and len(given) > command.most:
        return f"{given[command.most]} is too much"
    return None


@pytest.mark.parametrize("line", beginning("guildhall"))
def test_guildhall_has_each_command_that_is_named(line: str) -> None:
    assert problem(line) is None


@pytest.mark.parametrize(
    "line",
    ["guildhall sow", "guildhall secrets sow", "guildhall dns check --fast", "guildhall lab up tools-prod"],
)
def test_a_command_that_is_not_there_is_found(line: str) -> None:
    assert problem(line)


@pytest.mark.parametrize("path", READ)
def test_whole_commands_stand_in_the_blocks(path: str) -> None:
    """A sentence may speak of `guildhall secrets`; a block is typed as it stands."""
    tree = click_tree.commands()
    for block in blocks(path, "sh"):
        for line in re.findall(r"^guildhall [^#<\n]*", block, re.MULTILINE):
            words = tuple(shlex.split(line)[1:])
            command = tree[max((known for known in tree if known == words[: len(known)]), key=len)]
            assert not command.group
            assert len(words) - len(command.words) >= command.least


@pytest.mark.parametrize("line", beginning("make"))
def test_make_has_each_target_that_is_named(line: str) -> None:
    words = [word for word in shlex.split(line)[1:] if "=" not in word or word.isupper()]
    variables = [word.partition("=")[0] for word in shlex.split(line) if "=" in word]
    lines = (ROOT / "Makefile").read_text().splitlines()
    makefile = "\n".join(re.split(r"(?:^|\s)#", line)[0] for line in lines)

    for word in words:
        assert re.search(rf"^{word}:", makefile, re.MULTILINE)
    for variable in variables:
        assert f"$({variable})" in makefile


@pytest.mark.parametrize("path", READ)
def test_other_programs_are_those_that_an_operator_has(path: str) -> None:
    assert others(path) <= KNOWN


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Production with the example of an app: its record and its template, and nothing else was edited."""
    (record,), (template,) = (blocks("docs/adding-an-app.md", language) for language in ("python", "yaml"))
    with production(tmp_path_factory.mktemp("copy")) as made:
        made.project.write("catalogue/apps/polls.py", record)
        made.project.write("templates/polls/compose.yaml.j2", template)
        generated = made.guildhall("secrets", "generate")
        assert generated.code == 0, generated.err
        yield made


def test_each_plan_and_deploy_that_is_named_can_be_made(operator: Production) -> None:
    """Its plan is made on bare hosts, one for all that differ in `-y` alone."""
    wanted = {
        tuple(word for word in shlex.split(line)[1:] if word not in ("-y", "--dry"))
        for line in beginning("pyinfra")
        if "…" not in line
    }

    for words in sorted(wanted):
        ran = operator.run(BARE_HOSTS, *words, "--dry")
        assert ran.code == 0, f"{words}: {ran.err}"
    assert len(wanted) > 6


@pytest.mark.parametrize("line", [line for line in beginning("guildhall") if HARMLESS.fullmatch(line)])
def test_what_only_says_something_says_it(operator: Production, line: str) -> None:
    ran = operator.guildhall(*shlex.split(line)[1:])

    assert ran.code == 0, ran.err
    assert ran.out


def test_every_target_of_make_that_can_be_tried_is(tmp_path: Path) -> None:
    targets = sorted({line.split()[1] for line in beginning("make")})

    ran = subprocess.run(
        ["make", "--dry-run", *targets], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr


def test_every_command_has_its_row_of_exit_codes() -> None:
    shown = {span for cells in rows("docs/exit-codes.md", "| command |") for span in spans(cells[0])}
    whole = {f"guildhall {' '.join(each.words)}" for each in click_tree.commands().values() if not each.group}
    rest = {name for name in whole if name.startswith("guildhall lab ") and name not in shown}

    assert shown - whole == {"guildhall lab"}
    assert whole - shown == rest


def test_the_example_of_an_app_has_its_secrets_and_its_plan(operator: Production) -> None:
    kept = operator.project.store("production").read("polls") or {}
    alone = operator.plan("tools", "--data", "app=polls").err

    assert set(kept) == {"SECRET_KEY", "DATABASE_PASSWORD", "OIDC_CLIENT_SECRET"}
    assert re.search(r"\[tools-prod\] +polls: release [0-9a-f]{12}: it is new on this host", alone)
    assert "outline" not in alone


def test_an_app_that_the_order_does_not_name_is_deployed_last(operator: Production) -> None:
    deployed = re.findall(r"\[tools-prod\] +([\w-]+): release", operator.plan("tools").err)

    assert deployed == [*(app.name for app in APPS if app.group in ("all", "tools")), "polls"]
