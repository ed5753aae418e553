"""Rows of verify about those who watch: from what a host says of its logs, rules, alerts and heartbeat."""

import json
from typing import Any

import pytest

from tasks.look import INSIDE, TEST, Watch
from tasks.run import Finding
from tasks.verify.inside import by_kind
from tasks.verify.watching import counted, watching

HOST = "management"
RULES = {
    "data": {
        "groups": [{"rules": [{"name": "HostDown", "health": "ok"}, {"name": "Slow", "health": "unknown"}]}]
    }
}


def row(check: str, subject: str, detail: str, *, passed: bool = True) -> Finding:
    return Finding(host=HOST, check=check, subject=subject, passed=passed, detail=detail)


def counts(**told: tuple[int, int]) -> str:
    """Alertmanager's metrics; `receiver_way` is how often it was told and how often that was refused."""
    lines = []
    for key, numbers in told.items():
        receiver, _, way = key.partition("_")
        for name, number in zip(("total", "failed_total"), numbers, strict=True):
            of = f'{{integration="{way}",receiver_name="{receiver}"}}'
            lines.append(f"alertmanager_notification_requests_{name}{of} {number}")
    return ";".join(lines)


def found(watch: Watch, *lines: str) -> list[Finding]:
    return list(watching(HOST, watch, by_kind(lines)))


def test_a_host_that_watches_well_has_a_row_of_each_kind() -> None:
    watch = Watch(logs="http://l", metrics="http://m", alerts="http://a")
    lines = [
        "logged\talloy\t2\tfound",
        f"rules\t{json.dumps(RULES)}",
        f"told\t{counts(heartbeat_webhook=(9, 2), operators_email=(1, 0))}",
    ]

    assert found(watch, *lines) == [
        row("logs", "a new line of alloy", "there after 2 s"),
        row("metrics", "rules", "2, none fails"),
        row("alerts", "heartbeat", "7 calls were taken since Alertmanager's start"),
    ]
    assert found(Watch(), *lines) == []


def test_a_host_that_says_nothing_of_it_fails() -> None:
    assert found(Watch(logs="http://l", metrics="http://m", alerts="http://a")) == [
        row("logs", "a new line", "no container has a shell that could print one", passed=False),
        row("metrics", "rules", "no answer", passed=False),
        row("alerts", "heartbeat", "Alertmanager does not say whom it told", passed=False),
    ]


def test_a_line_that_does_not_come_is_said_with_what_was_answered() -> None:
    assert found(Watch(logs="http://l"), "logged\talloy\t30\tcurl: (7) refused") == [
        row("logs", "a new line of alloy", "not there after 30 s: curl: (7) refused", passed=False)
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("curl: (7) refused", "curl: (7) refused"),
        ("[]", "[]"),
        ('{"data": {"groups": []}}', "there is none: nobody is told of anything"),
    ],
)
def test_an_answer_without_rules_is_no_good_one(answer: str, said: str) -> None:
    assert found(Watch(metrics="http://m"), f"rules\t{answer}") == [
        row("metrics", "rules", said, passed=False)
    ]


def test_a_rule_that_cannot_be_worked_out_is_named_with_its_reason() -> None:
    ill: Any = json.loads(json.dumps(RULES))
    ill["data"]["groups"][0]["rules"][0] |= {"health": "err", "lastError": "many-to-many"}

    assert found(Watch(metrics="http://m"), f"rules\t{json.dumps(ill)}") == [
        row("metrics", "rules", "HostDown: many-to-many", passed=False)
    ]


@pytest.mark.parametrize(
    ("told", "passed", "said"),
    [
        (counts(heartbeat_webhook=(3, 3)), False, "no call was taken, of 3: Alertmanager's log says why"),
        (counts(heartbeat_webhook=(0, 0)), False, "no call was taken, of 0"),
        (counts(operators_email=(3, 0)), True, "no heartbeat_url in group_data: nobody notices silence"),
        (counts(heartbeat_webhook=(1, 0)), True, "1 calls were taken"),
    ],
)
def test_a_heartbeat_must_have_been_taken_where_there_is_an_address_for_it(
    told: str, passed: bool, said: str
) -> None:
    (one,) = found(Watch(alerts="http://a"), f"told\t{told}")

    assert (one.passed, one.detail.startswith(said)) == (passed, True)


def test_a_test_is_a_row_a_way_and_only_where_it_is_wanted() -> None:
    before = counts(tests_email=(4, 1), tests_webhook=(4, 0), heartbeat_webhook=(9, 0))
    lines = [
        f"before\t{before}",
        f"told\t{counts(tests_email=(5, 2), tests_webhook=(5, 0), heartbeat_webhook=(9, 0))}",
    ]

    assert len(found(Watch(alerts="http://a"), *lines)) == 1
    assert found(Watch(alerts="http://a", test=True), *lines)[1:] == [
        row("alerts", "test by mail", "refused: Alertmanager's log says why", passed=False),
        row("alerts", "test by alerts_webhook", "taken; look whether it is there"),
    ]
    assert [
        each.detail for each in found(Watch(alerts="http://a", test=True), lines[0], f"told\t{before}")[1:]
    ] == ["nothing was sent within 30 s"] * 2


def test_counts_are_read_from_metrics_and_large_ones_too() -> None:
    line = 'alertmanager_notification_requests_total{integration="email",receiver_name="tests"} 1.5e+06'

    assert counted(f"# HELP x;{line};") == {("tests", "email"): (1500000, 0)}


def test_what_people_are_told_on_trial_is_one_alert_with_a_word_of_its_own_each_time() -> None:
    (alert,) = json.loads(TEST)
    script = INSIDE.read_text()

    assert alert["labels"] == {"alertname": "Test", "severity": "warning", "word": "@word@"}
    assert alert["annotations"].keys() == {"summary", "todo"}
    assert "s/@word@/$word/" in script
