"""A run while it goes on: how far each part is, what goes on after Ctrl-C, and what is kept of it."""

import re
import stat
from io import StringIO
from pathlib import Path

import click
import pytest
from rich.console import Console

from cli.live import Live, table
from tasks import run_log
from tasks.plan import AppStep, HostPlan, HostStep, Outcome, Plan, Progress, told
from tests.unit.test_plan import OUTLINE, REFUSED

TOOLS = HostPlan(
    name="tools-prod",
    steps=(HostStep(name="Host | time: zone"), HostStep(name="Host | ssh: settings")),
    apps=(OUTLINE, AppStep(app="n8n", action="deploy", reasons=("x",))),
)
OTHER = HostPlan(name="management", apps=(REFUSED,))


def made(*hosts: HostPlan) -> Plan:
    return Plan(environment="lab", commit="abc", deploys=("deploys/site.py",), hosts=hosts)


class Clock:
    """Seconds that a test says."""

    now = 1.0

    def __call__(self) -> float:
        return self.now


APPS = "[tools-prod] Stacks | stacks: releases: changes"


def run(*lines: str, clock: Clock | None = None) -> Progress:
    progress = Progress(made(TOOLS, OTHER), clock or Clock())
    for line in lines:
        progress.heard(line)
    return progress


def rows(progress: Progress) -> list[tuple[str, str, str]]:
    assert {row.host for row in progress.rows()} == {"tools-prod"}, "what is refused is no work"
    return [(row.what, row.at, row.how) for row in progress.rows()]


ZONE = "[tools-prod]     Host | time: zone: "
STEPS = (f"{ZONE}changes", f"{ZONE}done")


def test_parts_of_a_server_are_one_row_and_each_app_has_its_own() -> None:
    assert rows(run()) == [
        ("the server itself", "0 of 2", "waits"),
        ("outline", "waits", "waits"),
        ("n8n", "waits", "waits"),
    ]
    assert rows(run(*STEPS[:1]))[0] == ("the server itself", "0 of 2: Host | time: zone", "works")
    assert rows(run(*STEPS))[0] == ("the server itself", "1 of 2", "waits")
    assert rows(run(*STEPS, f"{ZONE}FAILED"))[0][2] == "waits", "what has ended has ended"
    assert rows(run(STEPS[0], f"{ZONE}FAILED"))[0] == ("the server itself", "1 of 2", "bad")


@pytest.mark.parametrize(
    ("said", "at", "how"),
    [
        ("outline: pull", "pull", "works"),
        ("outline: deployed 8dd2a6097fb0", "deployed", "good"),
        ("outline: ROLLED BACK at up: the previous release serves again", "ROLLED BACK", "bad"),
        ("outline: REFUSED at pull: no such image; nothing was changed", "REFUSED", "bad"),
        ("outlined: pull", "waits", "waits"),
        ("outline: release 8dd2a6097fb0: it is new on this host", "waits", "waits"),
    ],
)
def test_how_far_an_app_is_its_server_says(said: str, at: str, how: str) -> None:
    assert rows(run(APPS, f"[tools-prod] {said}"))[1] == ("outline", at, how)
    assert rows(run(APPS, f"[management] {said}"))[1] == ("outline", "waits", "waits")
    assert rows(run(APPS, said))[1] == ("outline", "waits", "waits")


def test_before_a_server_comes_to_its_apps_what_is_said_of_one_is_of_its_database() -> None:
    assert rows(run("[tools-prod] outline: role missing"))[1] == ("outline", "waits", "waits")


def test_a_line_of_no_part_is_for_a_person() -> None:
    progress = run()
    assert not progress.heard("[tools-prod]     out of memory")
    assert progress.heard("[tools-prod] outline: role missing")


def test_seconds_are_counted_from_the_first_line_to_the_last() -> None:
    clock = Clock()
    progress = run(APPS, "[tools-prod] outline: stage", clock=clock)
    clock.now = 4.0
    assert [row.seconds for row in progress.rows()] == [0, 3.0, None]
    progress.heard("[tools-prod] outline: deployed 8dd2a6097fb0")
    clock.now = 9.0
    assert [row.seconds for row in progress.rows()] == [0, 3.0, None]


def test_at_a_terminal_all_of_it_is_one_table() -> None:
    clock = Clock()
    progress = run(*STEPS, APPS, "[tools-prod] outline: up", clock=clock)
    clock.now = 13.0
    console = Console(file=StringIO(), width=60)
    console.print(table(progress))

    assert isinstance(console.file, StringIO)
    assert [line.split() for line in console.file.getvalue().splitlines()] == [
        ["host", "what", "at", "s"],
        ["tools-prod", "the", "server", "itself", "1", "of", "2", "0"],
        ["tools-prod", "outline", "up", "12"],
        ["tools-prod", "n8n", "waits"],
    ]


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ((), "is not begun: Host | time: zone, Host | ssh: settings, outline, n8n"),
        (
            STEPS[:1],
            "may have half of Host | time: zone (changes); not begun: Host | ssh: settings, outline, n8n",
        ),
        (
            (*STEPS, APPS, "[tools-prod] outline: up"),
            "goes on by itself with outline (up), then Host | ssh: settings, n8n",
        ),
    ],
)
def test_who_stops_a_run_is_told_what_goes_on_where(
    lines: tuple[str, ...], left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[str] = []
    live = Live(kept.append)
    live.begin(made(TOOLS, OTHER))
    for line in lines:
        live.hear(line)
    live.stopped()
    out, err = capsys.readouterr()

    assert out == ""
    assert err.splitlines() == kept
    assert kept[len(lines) :] == [f"tools-prod: {left}", "guildhall plan says how each of them is then"]


def test_before_it_was_agreed_to_nothing_is_shown_and_nothing_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept: list[str] = []
    live = Live(kept.append)
    live.hear("[tools-prod] Connected")
    live.say(click.style("tools-prod", bold=True))
    live.stopped()

    assert capsys.readouterr().err == "stopped; nothing was changed\n"
    assert kept == ["[tools-prod] Connected", "tools-prod", "stopped; nothing was changed"]


def test_what_a_run_said_is_kept_with_its_times_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    with run_log.kept(["apply", "--yes"], folder) as write:
        write("[tools-prod] outline: pull")
    [file] = folder.iterdir()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert re.fullmatch(r"\d{8}T\d{6}Z-apply-\d+\.log", file.name)
    first, second = file.read_text().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ guildhall apply --yes", first)
    assert second.endswith("Z [tools-prod] outline: pull")


def test_of_many_runs_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(run_log.KEPT + 3):
        (tmp_path / f"20200101T0000{number:02}Z-apply-1.log").touch()
    with run_log.kept(["apply"], tmp_path):
        pass

    assert len(list(tmp_path.iterdir())) == run_log.KEPT
    assert not (tmp_path / "20200101T000003Z-apply-1.log").exists()
    assert (tmp_path / "20200101T000004Z-apply-1.log").exists()


def test_where_nothing_can_be_kept_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with run_log.kept(["apply"], tmp_path / "file" / "runs") as write:
        write("a line")


def test_the_table_at_the_end_counts_and_names_who_was_left_alone() -> None:
    ended = [
        Outcome(host="tools-prod", what="outline", result="deployed", seconds=18),
        Outcome(host="tools-prod", what="n8n", result="ROLLED BACK", detail="up: it got sick"),
    ]
    away = HostPlan(name="authentik-prod", unreachable="it is down")

    assert list(told(made(TOOLS, HostPlan(name="management"), away), ended)) == [
        "tools-prod      n8n      ROLLED BACK              up: it got sick",
        "tools-prod      outline  deployed           18 s",
        "authentik-prod  NOT REACHED: it is as it was",
        "management      unchanged",
        "1 deployed, 1 ROLLED BACK",
    ]
    assert list(told(made(HostPlan(name="management")), [])) == []
