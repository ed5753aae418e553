"""Each alert says how bad it is, why it waits, what is wrong and what to do; and its page is there."""

import re
from typing import Any

import pytest

from lab.faults import FAULTS, SCRIPT
from tasks.settings import ROOT
from tests.support.documents import text
from tests.support.metrics import of_lines, rules

FILES = sorted((ROOT / "files/prometheus/rules").glob("*.yml"))
PAGES = [f"docs/runbooks/{path.name}" for path in sorted((ROOT / "docs/runbooks").glob("*.md"))]


RULES = [pytest.param(rule, id=rule["alert"]) for rule in rules()]


@pytest.mark.parametrize("rule", RULES)
def test_an_alert_speaks_to_a_volunteer(rule: dict[str, Any]) -> None:
    said = rule["annotations"]

    assert rule["labels"]["severity"] in ("warning", "critical")
    assert said.keys() == {"summary", "todo", "runbook_url"}
    assert all(value and value == value.strip() for value in said.values())
    assert said["todo"].endswith(".")


@pytest.mark.parametrize("rule", RULES)
def test_an_alert_has_its_place_in_a_runbook(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")

    assert anchor == rule["alert"].lower()
    assert page in PAGES
    assert f"\n## {rule['alert']}\n" in text(page)


def test_a_runbook_is_of_alerts_that_there_are() -> None:
    headings = [heading for page in PAGES for heading in re.findall(r"^## (.+)$", text(page), re.MULTILINE)]

    assert sorted(headings) == sorted({*(rule["alert"] for rule in rules()), *of_lines()})


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in rules()]

    assert len(names) == len(set(names)) > 30


def test_an_alert_that_waits_says_why() -> None:
    lines = [line.strip() for file in FILES for line in file.read_text().splitlines()]
    waits = [line for line in lines if line.startswith("for:")]

    assert len(waits) > 20
    assert [line for line in waits if not re.search(r"for: \w+ # \w+ \w+", line)] == []


def test_what_can_be_broken_can_be_mended_and_has_an_alert() -> None:
    script = SCRIPT.read_text()
    on_hosts = {name for name, fault in FAULTS.items() if not fault.breaks}

    assert {fault.alert for fault in FAULTS.values()} <= {rule["alert"] for rule in rules()}
    assert [name for name, fault in FAULTS.items() if bool(fault.breaks) != bool(fault.mends)] == []
    for verb in ("break", "mend"):
        assert set(re.findall(rf'"{verb} ([\w-]+)"', script)) == on_hosts
