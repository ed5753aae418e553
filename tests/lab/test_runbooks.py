"""What is broken on purpose is told by its alert, and its runbook mends it, typed as it stands.

`make test` breaks a few things at once, `make soak` all of lab/faults.py one by one. FAULTS names others:
`FAULTS="stopped+edited disk"`, two at once and then one.
"""

import json
import os
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from lab import faults, layout
from lab.errors import LabError
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import HERE
from tests.lab.running import ROOT, Lab, eventually, guildhall
from tests.support.documents import text
from tests.support.metrics import EXPORTED, ONLY_WHEN_ILL, UNTOLD

pytestmark = pytest.mark.host

AT_ONCE = ("stopped", "edited", "unit", "unreadable")
"""They are told and gone within a minute."""
ASKED = os.environ.get("FAULTS", "").split()
ROUNDS = [tuple(each.split("+")) for each in (faults.FAULTS if ASKED == ["all"] else ASKED)] or [AT_ONCE]
SECONDS = 240
SEEN = layout.LOG / "faults.txt"
"""A line for each fault: which alert told of it, after how long, and how long its runbook took."""
# The rules wait for nothing, and Prometheus asks every few seconds. What is mounted stays the same files.
FASTER = """
cd /opt/prometheus/current && cp -a rules prometheus.yml "$(mktemp -d /root/prometheus.XXXX)"
sed --in-place 's/for: [0-9]*[a-z].*/for: 1s/; s/\\[30m\\]/[2m]/; s/\\[15m\\]/[1m]/' rules/*.yml
sed 's/_interval: [0-9]*s/_interval: 10s/; s/_timeout: [0-9]*s/_timeout: 9s/' prometheus.yml >/root/faster
cat /root/faster >prometheus.yml
kill -HUP $(docker inspect --format '{{.State.Pid}}' prometheus-prometheus-1)
"""
AGAIN = """
cd /opt/prometheus/current && cp /root/prometheus.*/rules/*.yml rules/
cat /root/prometheus.*/prometheus.yml >prometheus.yml
rm -r /root/prometheus.* /root/faster
kill -HUP $(docker inspect --format '{{.State.Pid}}' prometheus-prometheus-1)
"""
# What is written down at times is written down now.
LOOK = "pkill --parent $(systemctl show --property MainPID --value guildhall-containers) sleep"
MISTYPED = re.compile(r"command not found|unrecognized option|invalid option|No such command|Usage:")


@pytest.fixture(scope="module")
def impatient(lab: Lab, site: FirstRuns) -> Iterator[None]:
    """An alert comes as soon as Prometheus sees what is wrong."""
    lab.ssh(layout.MANAGEMENT.name, FASTER)
    yield
    lab.ssh(layout.MANAGEMENT.name, AGAIN)


def prometheus(lab: Lab, path: str) -> Any:
    """What its API answers, asked on its host."""
    address = f"http://{layout.MANAGEMENT.address}:9090/api/v1/{path}"
    return json.loads(lab.ssh(layout.MANAGEMENT.name, f"curl -sf '{address}'"))["data"]


def firing(lab: Lab, name: str) -> Mapping[str, str]:
    """The labels of the alert of a fault; none while it does not fire."""
    fault = faults.FAULTS[name]
    if not fault.breaks:
        lab.ssh(fault.host, LOOK, check=False)
    for each in prometheus(lab, "alerts")["alerts"]:
        labels: dict[str, str] = each["labels"]
        here = labels.get("host") == fault.host and labels.get("app") != "prometheus"
        if each["state"] == "firing" and labels["alertname"] == fault.alert and here:
            return {**labels, "runbook_url": each["annotations"]["runbook_url"]}
    return {}


def blocks(page: str, alert: str) -> list[str]:
    """What an alert's part of a page tells one to type."""
    part = text(page).partition(f"\n## {alert}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", part, re.DOTALL | re.MULTILINE)


def followed(lab: Lab, labels: Mapping[str, str]) -> None:
    """All commands of the runbook, as they stand: words in capitals are what the mail names."""
    page = labels["runbook_url"].partition("#")[0]
    names = {"SERVER": labels["host"], **{key.upper(): value for key, value in labels.items()}}
    for block in blocks(page, labels["alertname"]):
        typed = re.sub(r"\b[A-Z]+\b", lambda word: names.get(word[0], word[0]), block)
        said = "".join(
            guildhall(ROOT, *shlex.split(line)[1:]).output
            for line in typed.splitlines()
            if line.startswith("guildhall ")
        )
        here = "\n".join(line for line in typed.splitlines() if not line.startswith("guildhall "))
        said += lab.ssh(labels["host"], f"exec 2>&1\n{here}", check=False)
        assert not MISTYPED.search(said), f"{typed}\n{said}"


@pytest.mark.parametrize("names", ROUNDS, ids=" ".join)
@pytest.mark.usefixtures("impatient")
def test_every_fault_is_told_and_its_runbook_mends_it(lab: Lab, names: tuple[str, ...]) -> None:
    seen: dict[str, Mapping[str, str]] = {}
    began = time.monotonic()
    try:
        for name in names:
            faults.break_(name)
        for name in names:
            seen[name] = eventually(partial(firing, lab, name), seconds=SECONDS)
            noted(name, f"{seen[name]['alertname']} after", began)
        began = time.monotonic()
        for name in names:
            followed(lab, seen[name])
            if faults.FAULTS[name].outside:
                faults.mend(name)
        for name in names:
            eventually(partial(firing, lab, name), lambda labels: not labels, seconds=SECONDS)
            noted(name, "over after", began)
    except BaseException:
        for name in names:
            with suppress(LabError):
                faults.mend(name)
        raise


def noted(name: str, what: str, began: float) -> None:
    with SEEN.open("a") as file:
        file.write(f"{name}: {what} {time.monotonic() - began:.0f} s\n")


@pytest.mark.usefixtures("site")
def test_every_number_that_an_alert_asks_for_is_there(lab: Lab) -> None:
    found = set(prometheus(lab, "label/__name__/values"))
    wanted = {name for names in EXPORTED.values() for name in names}

    assert wanted - ONLY_WHEN_ILL - UNTOLD - found == set()


@pytest.mark.usefixtures("site")
def test_every_login_can_begin(lab: Lab) -> None:
    begun = partial(prometheus, lab, "query?query=probe_success%7Bmodule=%22login%22%7D")
    wanted = {app.name: "1" for app in HERE if app.oidc}

    def by_app() -> dict[str, str]:
        return {each["metric"]["app"]: each["value"][1] for each in begun()["result"]}

    eventually(by_app, lambda found: wanted.items() <= found.items(), 180)


@pytest.mark.usefixtures("site")
def test_every_rule_can_be_worked_out(lab: Lab) -> None:
    rules = [rule for group in prometheus(lab, "rules")["groups"] for rule in group["rules"]]

    assert len(rules) > 30
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] == "err"] == []


@pytest.mark.usefixtures("site")
def test_telling_of_containers_and_apps_costs_little(lab: Lab) -> None:
    """Processor time of a look at all of it; there are three a minute, and one of them looks at apps, too."""
    look = "sed 's/sleep 20/exit/' /usr/local/lib/guildhall/containers.sh >/root/look.sh; TIMEFORMAT='%U %S'"
    said = lab.ssh(
        layout.TOOLS.name,
        f'bash -c "{look}; {{ time sh /root/look.sh >/root/look.txt 2>&1; }} 2>&1; rm /root/look.*"',
    )
    spent = sum(map(float, said.split()))
    with SEEN.open("a") as file:
        file.write(f"a look: {spent:.2f} s\n")

    assert 3 * spent < 3
