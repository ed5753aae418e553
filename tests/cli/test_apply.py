"""`guildhall apply`: what it refuses before anything is changed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plans import BARE_HOSTS, Production, production
from tests.support.project import Ran

ONE = ("deploys/management.py", "--limit", "management", "--app", "n8n")


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    with production(tmp_path_factory.mktemp("operator") / "copy") as made:
        yield made


def ran(operator: Production, *words: str, **variables: str) -> Ran:
    return operator.run(BARE_HOSTS, "guildhall", *words, **variables)


def changing(heard: Path) -> list[str]:
    """Commands that hosts got and that are no questions."""
    commands = [json.loads(line)[1] for line in heard.read_text().splitlines()] if heard.exists() else []
    return [command for command in commands if "apt-get" in command or " apply;" in command]


def test_a_host_that_is_down_keeps_all_from_being_changed(operator: Production, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    done = ran(operator, "apply", "--yes", HOSTS_DOWN="management", HOSTS_HEARD=str(heard))

    assert done.code == 3
    assert "management: NOT REACHED: " in done.err
    assert "nothing was changed" in done.err
    assert changing(heard) == []


@pytest.mark.parametrize(("down", "code"), [("management", 3), ("", 1)])
def test_verify_of_a_host_that_is_away_alone_ends_with_3(
    operator: Production, tmp_path: Path, down: str, code: int
) -> None:
    """One that answers, and has nothing of what it should have, is another thing."""
    looked = ran(operator, "verify", "--now", "--limit", "management", HOSTS_DOWN=down)

    assert looked.code == code, looked.out + looked.err
    assert "Traceback" not in looked.err


def test_without_a_terminal_and_without_yes_nothing_is_changed(operator: Production, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    done = ran(operator, "apply", *ONE, HOSTS_HEARD=str(heard))

    assert done.code == 1
    assert "nobody is there to be asked; type --yes" in done.err
    assert changing(heard) == []


def test_a_plan_that_was_kept_is_refused_once_something_moved(operator: Production, tmp_path: Path) -> None:
    kept, heard = tmp_path / "plan.json", tmp_path / "heard"
    planned = ran(operator, "plan", *ONE, "--out", str(kept))
    operator.project.edit("catalogue/apps/n8n.py", 'tag="', 'tag="9')
    done = ran(operator, "apply", str(kept), "--yes", HOSTS_HEARD=str(heard))
    operator.project.edit("catalogue/apps/n8n.py", 'tag="9', 'tag="')

    assert planned.code == 2
    assert done.code == 1
    assert "something has moved since it was planned" in done.err
    assert [line for line in done.err.splitlines() if line.startswith("+") and '"revision"' in line]
    assert changing(heard) == []


def test_a_plan_that_still_holds_is_carried_out_and_what_a_host_did_not_say_is_no_success(
    operator: Production, tmp_path: Path
) -> None:
    kept, heard = tmp_path / "plan.json", tmp_path / "heard"
    without_database = (*ONE[:-1], "blackbox")
    ran(operator, "plan", *without_database, "--out", str(kept))
    done = ran(operator, "apply", str(kept), "--yes", HOSTS_HEARD=str(heard))

    assert changing(heard)
    assert done.code == 1
    assert "the host said nothing of it" in done.out


def test_ctrl_c_says_what_goes_on_where_and_the_run_is_kept(operator: Production) -> None:
    done = ran(operator, "apply", *ONE, "--yes", HOSTS_STOP="timedatectl set-timezone")
    kept = max((operator.project.root / ".guildhall/runs").iterdir()).read_text()

    assert done.code == 1
    assert "management: may have half of Host | time: zone (changes); not begun: " in done.err
    assert done.err.splitlines()[-1] == "guildhall plan says how each of them is then"
    assert "No changes" not in done.err
    assert "[management] Host | time: zone: changes" in kept
    assert "guildhall plan says how each of them is then" in kept


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nosuch.json"], "nosuch.json: No such file or directory"),
        (["pyproject.toml"], "pyproject.toml is no plan"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(operator: Production, words: list[str], said: str) -> None:
    done = ran(operator, "apply", *words, "--yes")

    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err
