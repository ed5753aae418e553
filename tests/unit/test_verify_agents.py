"""Rows of verify about Zabbix: from what its API answered."""

from tasks.verify.agents import rows
from tasks.zabbix import Found

REPORT, GOOD = "2 servers report", "as the records say"


def test_verify_has_a_row_of_the_agents_and_one_of_what_a_deploy_sets() -> None:
    both = {"host": {name: {"active_available": "1"} for name in "ab"}}
    one = {"host": {**both["host"], "b": {"active_available": "2"}}}
    differs = ["host: a: differs in status"]

    assert list(rows(Found(things=both), ["a", "b"], [])) == [("agents", "", REPORT), ("settings", "", GOOD)]
    assert list(rows(Found(things=one), ["a", "b"], differs)) == [
        ("agents", "not heard of: b", REPORT),
        ("settings", "host: a: differs in status: deploy", GOOD),
    ]


def test_of_a_zabbix_that_cannot_be_asked_the_reason_is_told_and_nothing_more() -> None:
    assert list(rows(Found(problem="it does not run"), ["a"], [])) == [
        ("agents", "it does not run", "1 servers report")
    ]
