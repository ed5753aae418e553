"""Alerts reach people: where each goes, which silence which, what is written, by the real Alertmanager."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import Site
from lab import packages
from tasks import remote, silences
from tasks.settings import ROOT
from tests.cli.conftest import _or_skipped
from tests.support.alerting import MAIL, Alertmanager, alertmanager, labels, posted, written
from tests.support.metrics import of_lines, rules

CHAT, ALIVE = "https://chat.example.net/x", "https://alive.example.net"
PROBES = "ProbeFailing PageSlow PagesFailing"


@pytest.fixture(scope="session")
def program() -> Path:
    with _or_skipped():
        return packages.unpacked("prometheus-alertmanager", "prometheus-alertmanager")


def outside(site: Site) -> Site:
    """With addresses outside, and a mail server that nobody is at."""
    return replace(site, smtp_host="localhost", alerts_webhook=CHAT, heartbeat_url=ALIVE)


@pytest.mark.parametrize("addresses", [True, False])
@pytest.mark.parametrize(
    ("alert", "receiver"),
    [
        ("Heartbeat severity=warning", "heartbeat"),
        ("Test severity=warning", "tests"),
        ("HostDown severity=critical host=management", "operators"),
        ("DiskFillsUp severity=warning host=tools-prod mountpoint=/", "operators"),
        ("ContainerNotRunning severity=critical app=outline host=tools-prod", "operators"),
        ("ProbeFailing severity=critical app=outline host=tools-prod", "operators"),
        ("PageSlow severity=warning app=outline host=tools-prod", "operators"),
        ("NobodyKnowsIt", "operators"),
    ],
)
def test_each_alert_goes_to_people_but_the_one_that_is_always_there(
    amtool: Path, site: Site, tmp_path: Path, addresses: bool, alert: str, receiver: str
) -> None:
    config = written(outside(site) if addresses else site, tmp_path)
    words = [str(amtool), "config", "routes", "test", f"--config.file={config}"]
    pairs = [f"{name}={value}" for name, value in labels(alert).items()]
    found = subprocess.run([*words, *pairs], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == receiver


@pytest.fixture(scope="module")
def running(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    from tests.support.site import example_site  # noqa: PLC0415 - as the fixture `site`, for a module

    with alertmanager(program, written(example_site(), tmp_path_factory.mktemp("alerts"))) as found:
        yield found


# The cause, and what it brings along: that is not told.
SILENCES = [
    (
        "HostDown host=tools-prod",
        f"ContainersNotTold TargetDown DiskFull {PROBES}",
        "host=tools-prod app=wiki",
    ),
    (
        "ContainerNotRunning app=outline service=redis host=tools-prod",
        f"ContainerUnhealthy TargetDown ErrorBurst {PROBES}",
        "app=outline service=outline host=tools-prod",
    ),
    ("RedisDown app=outline host=tools-prod", f"ContainerUnhealthy {PROBES}", "app=outline host=tools-prod"),
    (
        "ContainerNeverStarted app=outline service=redis host=tools-prod",
        f"ContainerUnhealthy TargetDown {PROBES}",
        "app=outline service=outline host=tools-prod",
    ),
    (
        "ContainerRestarting app=outline service=outline host=tools-prod",
        f"ContainerNotRunning ContainerUnhealthy TargetDown {PROBES}",
        "app=outline service=outline host=tools-prod",
    ),
    (
        "ContainerUnhealthy app=n8n service=n8n host=management",
        f"TargetDown {PROBES}",
        "app=n8n host=management",
    ),
    ("ContainerNotRunning app=traefik host=tools-prod", PROBES, "app=outline host=tools-prod"),
    ("HostDown host=authentik-prod", PROBES, "app=n8n host=management"),
    ("ContainerUnhealthy app=authentik host=authentik-prod", PROBES, "app=wobbler host=management"),
    ("LoginsRefused app=redis service=redis host=authentik-prod", PROBES, "app=n8n host=management"),
    (
        "LoginsRefused app=redis service=redis host=authentik-prod",
        "ContainerNotRunning ContainerUnhealthy",
        "app=redis service=redis host=authentik-prod",
    ),
    (
        "DatabaseDown",
        f"ContainerUnhealthy ContainerNotRunning ContainerRestarting TargetDown ErrorBurst {PROBES}",
        "app=nextcloud host=tools-prod",
    ),
    ("DatabaseDown", PROBES, "app=wobbler host=management"),
    ("DatabaseDown", "LoginFailing", "app=leantime host=authentik-prod"),
    ("ProbeFailing app=authentik host=authentik-prod", "LoginFailing", "app=outline host=authentik-prod"),
    (
        "ContainerUnhealthy app=authentik host=authentik-prod",
        "LoginFailing",
        "app=outline host=authentik-prod",
    ),
    (
        "ContainerNotRunning app=traefik host=authentik-prod",
        "LoginFailing",
        "app=outline host=authentik-prod",
    ),
    (
        "DiskFull host=management mountpoint=/",
        "DiskAlmostFull DiskFillsUp LogsSoonRefused",
        "host=management mountpoint=/",
    ),
    (
        "DiskAlmostFull host=management mountpoint=/",
        "DiskFillsUp LogsSoonRefused",
        "host=management mountpoint=/",
    ),
    ("ContainerNotRunning app=loki host=management", "LogsSilent LogsMissing", "host=tools-prod"),
    ("ContainerNotRunning app=alloy host=tools-prod", "LogsSilent LogsMissing", "host=tools-prod"),
    ("ContainerNotRunning app=cadvisor host=tools-prod", "ContainersNotMeasured", "host=tools-prod"),
]


@pytest.mark.parametrize(("cause", "follows", "where"), SILENCES)
def test_people_hear_of_the_cause_alone(running: Alertmanager, cause: str, follows: str, where: str) -> None:
    told = [labels(f"{name} {where}") for name in follows.split()]
    running.tell(labels(cause), *told)
    try:
        assert running.silenced() == set(follows.split())
    finally:
        running.tell(labels(cause), *told, over=True)


# What is on another host, of another app or of another disk goes on.
@pytest.mark.parametrize(
    ("cause", "other"),
    [
        ("HostDown host=tools-prod", "ProbeFailing app=grafana host=management"),
        ("HostDown host=tools-prod", "HostDown host=management"),
        ("HostDown host=tools-prod", "ProbeFailing app=n8n host=management"),
        ("HostDown host=authentik-prod", "ProbeFailing app=outline host=tools-prod"),
        ("HostDown host=authentik-prod", "ContainerNotRunning app=n8n host=management"),
        (
            "ContainerNotRunning app=outline host=tools-prod service=outline",
            "ProbeFailing app=decidim host=tools-prod",
        ),
        ("ContainerNotRunning app=alloy host=tools-prod", "TargetDown app=alloy host=management"),
        ("ContainerNotRunning app=traefik host=tools-prod", "DiskFull host=tools-prod"),
        ("ContainerNotRunning app=redis host=authentik-prod service=redis", "LoginsRefused app=redis"),
        (
            "ContainerNotRunning app=wiki service=web host=tools-prod",
            "ContainerRestarting app=wiki service=jobs host=tools-prod",
        ),
        ("DatabaseDown", "ContainerNotRunning app=leantime host=tools-prod"),
        ("ContainerNotRunning app=outline host=tools-prod", "LoginFailing app=outline host=authentik-prod"),
        ("ProbeFailing app=grafana host=management", "LoginFailing app=grafana host=authentik-prod"),
        ("DatabaseDown", "DiskFull host=tools-prod app=outline"),
        ("DiskFull host=management mountpoint=/", "DiskAlmostFull host=management mountpoint=/data"),
        ("DiskFull host=management mountpoint=/", "DiskAlmostFull host=tools-prod mountpoint=/"),
        ("ContainerNotRunning app=alloy host=tools-prod", "LogsSilent host=management"),
        ("ContainerNotRunning app=alloy host=tools-prod", "LogsMissing host=management"),
        ("DatabaseDown", "ContainerRestarting app=postgres-exporter host=management"),
        ("ContainerNotRunning app=outline host=tools-prod", "Heartbeat severity=warning"),
    ],
)
def test_what_does_not_follow_is_told_all_the_same(running: Alertmanager, cause: str, other: str) -> None:
    both = [labels(cause), labels(other)]
    running.tell(*both)
    try:
        assert running.silenced() == set()
    finally:
        running.tell(*both, over=True)


def test_what_is_silenced_or_silences_is_the_name_of_an_alert_or_an_app(running: Alertmanager) -> None:
    said = " ".join(f"{cause} {' '.join(follows.split())} {where}" for cause, follows, where in SILENCES)
    known = {rule["alert"] for rule in rules()} | of_lines()
    used = {word for word in said.split() if "=" not in word}

    assert used <= known
    assert set(re.findall(r" app=(\w+)", said)) - {"wiki"} <= {each.name for each in APPS}


def test_a_mail_that_cannot_be_sent_keeps_nobody_from_the_second_way_nor_the_heartbeat_from_going_out(
    program: Path, site: Site, tmp_path: Path
) -> None:
    with posted() as chat, posted() as alive:
        soon = {"group_wait: 15s": "group_wait: 1s", "group_wait: 90s": "group_wait: 2s"}
        soon |= {"group_interval: 1m": "group_interval: 1s"}
        soon |= {"repeat_interval: 30s": "repeat_interval: 500ms", CHAT: chat.url, ALIVE: alive.url}
        with alertmanager(program, written(outside(site), tmp_path, soon)) as running:
            running.tell(labels("Heartbeat severity=warning"))
            # What follows from it is known before it.
            running.tell(labels("ProbeFailing severity=critical app=wiki host=tools-prod"))
            stopped = "ContainerNotRunning severity=critical host=tools-prod"
            running.tell(*(labels(f"{stopped} app={name}") for name in ("wiki", "forum")))
            (heard,) = chat.first(1)
            beats = alive.first(4)

    assert {each["labels"]["app"] for each in heard["alerts"]} == {"wiki", "forum"}
    assert heard["groupLabels"] == {"alertname": "ContainerNotRunning", "host": "tools-prod"}
    assert {each["alerts"][0]["labels"]["alertname"] for each in beats} == {"Heartbeat"}
    assert "ProbeFailing" not in json.dumps(chat.came)


def test_a_test_is_told_at_once_each_time_and_not_again(program: Path, site: Site, tmp_path: Path) -> None:
    with (
        posted() as chat,
        alertmanager(program, written(outside(site), tmp_path, {CHAT: chat.url})) as running,
    ):
        began = time.monotonic()
        for word in ("one", "two"):
            running.tell(labels(f"Test word={word}"))
        heard = chat.first(2)

    assert {each["alerts"][0]["labels"]["word"] for each in heard} == {"one", "two"}
    assert time.monotonic() - began < 20  # others wait for 30 s


def alert(said: str, *, over: bool = False, **annotations: str) -> dict[str, object]:
    return {
        "status": "resolved" if over else "firing",
        "labels": labels(said),
        "annotations": annotations,
        "startsAt": "2026-01-31T02:03:04Z",
        "endsAt": "2026-01-31T03:00:00Z" if over else "0001-01-01T00:00:00Z",
    }


def mail(
    amtool: Path, folder: Path, part: str, *alerts: object, url: str = "https://grafana.example.cc"
) -> str:
    """What is written of such alerts, by Alertmanager's own tool."""
    status = "firing" if any("firing" in str(each) for each in alerts) else "resolved"
    data = folder / "data.json"
    data.write_text(json.dumps({"status": status, "externalURL": url, "alerts": alerts}))
    words = [f"--template.glob={MAIL}", f"--template.data={data}"]
    text = f'--template.text={{{{ template "guildhall.{part}" . }}}}'
    done = subprocess.run(
        [amtool, "template", "render", *words, text], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


STOPPED = alert(
    "ContainerNotRunning severity=critical app=outline service=redis host=tools-prod",
    summary="outline on tools-prod: redis does not run",
    todo="Its log is in Grafana.",
)
DISK = alert(
    "DiskFull severity=critical host=management",
    summary="the disk is full",
    todo="Free space.",
    runbook_url="docs/runbooks/hosts.md#diskfull",
)
OVER = alert("HostDown severity=critical host=management", over=True, summary="management is away", todo="-")


def test_the_subject_is_what_is_wrong(amtool: Path, tmp_path: Path) -> None:
    for alerts, subject in (
        ([STOPPED], "outline on tools-prod: redis does not run"),
        ([OVER, STOPPED, DISK], "outline on tools-prod: redis does not run (and 1 more)"),
        ([OVER], "Well again: management is away"),
    ):
        assert mail(amtool, tmp_path, "subject", *alerts) == subject


def test_the_text_says_since_when_what_to_do_and_where_to_look(amtool: Path, tmp_path: Path) -> None:
    assert mail(amtool, tmp_path, "text", STOPPED, DISK, OVER) == (
        "outline on tools-prod: redis does not run\n"
        "Since 31 January, 02:03 UTC; critical, ContainerNotRunning.\n"
        "What to do: Its log is in Grafana.\n"
        "Numbers: https://grafana.example.cc/d/programs?var-app=outline\n"
        "Logs: https://grafana.example.cc/d/logs?var-app=outline&var-host=tools-prod\n\n"
        "the disk is full\n"
        "Since 31 January, 02:03 UTC; critical, DiskFull.\n"
        "What to do: Free space.\n"
        "Step by step, in the repository: docs/runbooks/hosts.md#diskfull\n"
        "Numbers: https://grafana.example.cc/d/hosts?var-host=management\n"
        "Logs: https://grafana.example.cc/d/logs?var-host=management\n\n"
        "Well again since 31 January, 03:00 UTC: management is away\n\n"
        "Dashboards: https://grafana.example.cc"
    )


def test_without_dashboards_no_address_is_written(amtool: Path, tmp_path: Path) -> None:
    assert "http" not in mail(amtool, tmp_path, "text", STOPPED, url="http://10.0.0.5:9093")


def test_what_mails_lead_to_is_a_dashboard_with_that_variable() -> None:
    for uid, *variables in re.findall(r"/d/(\w+)\?var-(\w+)=[^&\n]*(?:&var-(\w+)=)?", MAIL.read_text()):
        board = json.loads((ROOT / f"files/grafana/dashboards/{uid}.json").read_text())
        names = {each["name"] for each in board["templating"]["list"]}

        assert board["uid"] == uid
        assert {each for each in variables if each} <= names


class Here:
    """This machine, as the host that sends alerts."""

    name, groups = "management", ("management",)
    current_op_global_arguments: Mapping[str, Any] = MappingProxyType({})
    data = SimpleNamespace(private_ip="127.0.0.1")

    def run_shell_command(self, command: str, _stdin: str) -> tuple[bool, Any]:
        done = subprocess.run(
            ["sh", "-c", command], input=_stdin, capture_output=True, text=True, check=False
        )
        lines = done.stdout.splitlines()
        return not done.returncode, SimpleNamespace(stdout_lines=lines, output=done.stdout + done.stderr)


@pytest.fixture
def typed(running: Alertmanager, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What `guildhall silence` says, whose server is this machine."""

    def ask(app: str = "", lasts: str = "", because: str = "", *, end: bool = False) -> list[str]:
        inventory: Any = [Here()]
        there = silences.Silences(inventory, APPS)
        return silences.done(silences.order(APPS, app, lasts, because, end=end), there)

    monkeypatch.setattr(remote, "connected", lambda host: host)
    monkeypatch.setattr(silences.Silences, "url", property(lambda _: f"{running.url}/api/v2/silence"))
    return ask


def test_a_silence_is_of_one_app_until_it_is_ended(
    running: Alertmanager, typed: Callable[..., list[str]]
) -> None:
    assert typed() == ["nothing is silenced"]

    (line,) = typed("outline", "2h", "it's ours; $(id)")
    told = [labels(f"ContainerNotRunning app={name} host=tools-prod") for name in ("outline", "n8n")]
    running.tell(*told)
    assert running.silenced_apps() == {"outline"}
    assert line.endswith(": it's ours; $(id)")
    assert typed("outline", end=True) == ["nothing is silenced"]
    assert running.silenced_apps() == set()
    running.tell(*told, over=True)
