"""The command `guildhall`: its help, its completion, and how each of its commands ends."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from catalogue import APPS, views
from cli import main, secrets
from cli.main import run
from lab.errors import LabError
from tasks.remote import AwayError
from tasks.settings import ROOT
from tests.support.commands import Command, commands
from tests.support.project import GUILDHALL

BIN = Path(GUILDHALL).parent
SHELLS = ("bash", "zsh", "fish")


def typed(
    *words: str, folder: Path = ROOT, program: str = GUILDHALL, **variables: str
) -> subprocess.CompletedProcess[str]:
    """What the real command does; of the project the environment says only these variables."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GUILDHALL_", "SCW_"))}
    return subprocess.run(
        [program, *words],
        cwd=folder,
        env={**kept, "PATH": f"{BIN}:{kept['PATH']}", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "command", commands().values(), ids=lambda command: " ".join(command.words) or "itself"
)
def test_every_command_says_what_it_does_and_its_help_has_two_names(command: Command) -> None:
    usage, _, rest = command.help.partition("\n\n")

    assert usage.startswith(f"Usage: {' '.join(('guildhall', *command.words))}")
    assert len(rest.partition("\n\n")[0].split()) > 3
    assert {"-h", "--help"} <= {*command.options}


def test_the_first_help_names_every_command_the_way_to_deploy_and_the_exit_codes() -> None:
    shown = typed("--help").stdout
    listed = shown.partition("Commands:\n")[2].splitlines()

    assert {line.split()[0] for line in listed if line[2] != " "} == {
        words[0] for words in commands() if words
    }
    assert "pyinfra inventory.py deploys/site.py" in shown
    assert "docs/exit-codes.md" in shown


@pytest.mark.parametrize("folder", ["docs/decisions", "files/traefik"])
def test_it_works_from_any_folder_of_the_checkout(folder: str) -> None:
    here, there = typed("secrets", "list"), typed("secrets", "list", folder=ROOT / folder)

    assert (there.returncode, there.stdout) == (0, here.stdout)
    assert "outline/SECRET_KEY" in there.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["sow"],
        ["secrets", "sow"],
        ["secrets", "set", "outline"],
        ["secrets", "check", "--fast"],
        ["completion", "tcsh"],
        ["lab", "ssh", "nowhere"],
    ],
    ids=" ".join,
)
def test_what_is_typed_wrongly_ends_with_1_and_the_way_to_the_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not with 2, which says that there is something to do."""
    assert run(words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "--help' for help." in shown.err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 1
    assert "Commands:" in "".join(capsys.readouterr())


def test_a_refusal_ends_with_1_and_one_line() -> None:
    ran = typed("secrets", "check", GUILDHALL_ENV="prod")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "GUILDHALL_ENV: 'prod' is unknown; set it to lab or production in .env\n"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ValueError("that is wrong; do this"), "that is wrong; do this\n"),
        (LabError("the lab is down"), "the lab is down\n"),
        (FileNotFoundError(2, "No such file or directory", "x.env"), "x.env: No such file or directory\n"),
        (OSError("the store hung up"), "the store hung up\n"),
        (KeyboardInterrupt(), "\nstopped before the end; it can be run again\n"),
        (EOFError(), "\nstopped before the end; it can be run again\n"),
    ],
    ids=repr,
)
def test_whatever_goes_wrong_is_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: BaseException, said: str
) -> None:
    def fail() -> None:
        raise failure

    monkeypatch.setattr(secrets, "_store", fail)

    assert run(["secrets", "check"]) == 1
    assert capsys.readouterr().err.lstrip("\n") == said.lstrip("\n")


def test_a_server_that_is_away_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AwayError("tools-prod: NOT REACHED: it is down")

    monkeypatch.setattr(secrets, "_store", fail)

    assert run(["secrets", "check"]) == 3


# In a process of its own: what leads pyinfra takes gevent along, which changes all that is there already.
VERIFY = """
import sys
import pyinfra_cli.cli
from cli.main import run

def pyinfra(words, **_):
    print(*words)
    sys.exit(int(sys.argv[1]))

pyinfra_cli.cli.cli.main = pyinfra
sys.exit(run(["verify", *sys.argv[2:]]))
"""


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--limit tools", "--limit tools"),
        ("--now --app outline", "--data app=outline --data at_once=yes"),
    ],
)
def test_verify_ends_as_pyinfra_does(code: int, words: str, said: str) -> None:
    argv = [sys.executable, "-c", VERIFY, str(code), *words.split()]
    ran = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == code
    assert ran.stdout == f"inventory.py deploys/verify.py -y {said}\n"


@pytest.mark.parametrize(("all_looked_up", "code"), [(True, 0), (False, 1)])
def test_a_lock_that_could_not_look_everything_up_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, all_looked_up: bool, code: int
) -> None:
    failed = [] if all_looked_up else ["docker.io/example/wiki:1.0"]
    monkeypatch.setattr("tasks.images.lock", lambda *_: (["said"], failed))

    assert run(["images", "lock"]) == code


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_gets_its_lines(shell: str) -> None:
    ran = typed("completion", shell)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"_GUILDHALL_COMPLETE={shell}_complete" in ran.stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("guildhall sec", ["secrets"]),
        ("guildhall secrets ge", ["generate"]),
        ("guildhall secrets set out", ["outline"]),
        ("guildhall secrets set s3 ", ["ACCESS_KEY", "PRINCIPAL", "SECRET_KEY"]),
        ("guildhall secrets set outline SMTP_PASSWORD --re", ["--replace"]),
        ("guildhall lab ssh manage", ["management"]),
        ("guildhall completion ", list(SHELLS)),
    ],
)
def test_tab_in_bash_offers_what_fits(line: str, offered: list[str]) -> None:
    """With the very lines that a person puts into .bashrc."""
    *words, begun = line.split(" ")
    script = (
        'eval "$(guildhall completion bash)"; '
        f"COMP_WORDS=({' '.join(words)} '{begun}'); COMP_CWORD={len(words)}; "
        '_guildhall_completion guildhall; printf "%s\\n" "${COMPREPLY[@]}"'
    )

    ran = typed("-c", script, program="bash", folder=ROOT / "docs")

    assert ran.stdout.split() == offered, ran.stderr


def test_every_bundle_is_offered() -> None:
    needed = views.all_secrets(APPS)
    bundles = {secret.bundle or app for app, secrets in needed.items() for secret in secrets}

    ran = typed(_GUILDHALL_COMPLETE="bash_complete", COMP_WORDS="guildhall secrets set ", COMP_CWORD="3")

    assert {line.partition(",")[2] for line in ran.stdout.splitlines()} == bundles


def imported(line: str) -> set[str]:
    """What was imported until Tab had its answer: names of our modules, and of others' packages."""
    ran = typed(
        "-X",
        "importtime",
        GUILDHALL,
        program=str(BIN / "python"),
        _GUILDHALL_COMPLETE="bash_complete",
        COMP_WORDS=line,
        COMP_CWORD=str(line.count(" ")),
    )
    assert ran.stdout
    names = [
        row.rpartition("|")[2].strip() for row in ran.stderr.splitlines() if row.startswith("import time")
    ]
    return {*names, *(name.partition(".")[0] for name in names)}


@pytest.mark.parametrize("line", ["guildhall ", "guildhall se", "guildhall --he"])
def test_tab_for_a_command_imports_no_command(line: str) -> None:
    assert not imported(line) & {
        "tasks",
        "catalogue",
        "cli.secrets",
        "cli.lab",
        "lab.layout",
        "boto3",
        "yaml",
    }


@pytest.mark.parametrize("line", ["guildhall secrets set out", "guildhall lab ssh ", "guildhall images l"])
def test_tab_within_a_command_imports_neither_pyinfra_nor_templates(line: str) -> None:
    assert not imported(line) & {"pyinfra", "gevent", "paramiko", "jinja2", "tasks.stacks", "tasks.run"}


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    ran = typed("-c", "guildhall secrets list | head -n 1", program="bash")

    assert (ran.stdout.count("\n"), ran.stderr) == (1, "")


def test_a_value_is_asked_for_without_showing_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tasks.secrets.store.ROOT", tmp_path)
    monkeypatch.setenv("GUILDHALL_SECRETS", "dotenv")
    monkeypatch.setattr(secrets, "_typed", lambda what: click.prompt(what, hide_input=True))

    ran = CliRunner().invoke(
        main.guildhall, ["secrets", "set", "outline", "SMTP_PASSWORD"], input="canary-value\n"
    )

    assert (ran.exit_code, ran.exception) == (0, None)
    assert ran.output == "outline/SMTP_PASSWORD: \noutline/SMTP_PASSWORD set\n"
    assert "canary-value" in (tmp_path / ".secrets.lab.env").read_text()
