"""Parts of a host: which of the two moved since they were last as they should be, repository or host."""

import ast
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tasks.host.applied import WRITE, cause, moved, on_record
from tasks.host.config_file import Holds, config_file
from tasks.host.identity import remembered as named
from tasks.host.packages import packages
from tasks.host.people import GROUP, accounts
from tasks.host.units import enabled, timezone
from tasks.program import File, Reading, Unit
from tests.support.operations import FakeHost, commands, on
from tests.support.sources import sources

Things = Mapping[str, str]


@pytest.mark.parametrize(
    ("wanted", "found", "applied", "expected"),
    [
        # One thing: another one is wanted, it became another one, or both.
        ({"a": "2"}, {"a": "1"}, {"a": "1"}, "repository"),
        ({"a": "1"}, {"a": "x"}, {"a": "1"}, "host"),
        ({"a": "1"}, {}, {"a": "1"}, "host"),
        ({"a": "2"}, {"a": "x"}, {"a": "1"}, "both"),
        ({"a": "2"}, {}, {"a": "1"}, "both"),
        # Wanted for the first time: how it was before was never said.
        ({"a": "1"}, {}, {}, "repository"),
        ({"a": "1"}, {"a": "x"}, {}, "repository"),
        # No longer wanted, or never: somebody brought it.
        ({}, {"a": "1"}, {"a": "1"}, "repository"),
        ({}, {"a": "1"}, {}, "host"),
        # What is as it is wanted says nothing, whoever saw to that.
        ({"a": "2", "b": "1"}, {"a": "2", "b": "x"}, {"a": "1", "b": "1"}, "host"),
        ({"a": "1", "b": "2"}, {"a": "1", "b": "1"}, {"a": "0", "b": "1"}, "repository"),
        # Two things, each by another one.
        ({"a": "2", "b": "1"}, {"a": "1", "b": "x"}, {"a": "1", "b": "1"}, "both"),
    ],
)
def test_what_is_on_record_tells_which_of_the_two_moved(
    wanted: Things, found: Things, applied: Things, expected: str
) -> None:
    assert moved(wanted, found, applied) == expected


NAME = '{"name": "tools-prod", "environment": "lab"}'
FILE = File("644 root:root", 100, hashlib.sha256(b"one\n").hexdigest())
GOOD = Reading(
    identity=NAME,
    timezone="UTC",
    files={"/etc/a": FILE, "/etc/beside": File("644 root:root", 1, "d1")},
    units={"a.timer": Unit(started=100, active=True, enabled=True)},
    packages=frozenset({"curl", "sudo"}),
    accounts=frozenset({"ada", "bob"}),
    groups={GROUP: frozenset({"ada", "bob"})},
    rules=True,
)
"""A host that has what `WANTED` says."""
HOLDS = Holds(enabled=("a.timer",), active=("a.timer",), files={"/etc/beside": "d1"}, rules=True)
CONFIG = {"path": "/etc/a", "content": "one\n", "unit": "a.timer", "holds": HOLDS}
WANTED: dict[Any, dict[str, Any]] = {
    config_file: CONFIG,
    packages: {"names": ["curl"]},
    accounts: {"names": ["ada", "bob"]},
    enabled: {"unit": "a.timer"},
    timezone: {"zone": "UTC"},
    named: {"found": NAME, "environment": "lab"},
}


def work(host: FakeHost, operation: Any, **told: Any) -> list[Any]:
    """What an operation would do, under its own name as its hash."""
    host.current_op_hash = operation.__name__
    with on(host, executing=False):
        return commands(operation, **told)


def record(reading: Reading) -> str:
    """What a deploy to that host leaves, whatever was there before."""
    host = FakeHost(fact=reading)
    for operation, told in WANTED.items():
        work(host, operation, **told)
    [written] = work(host, on_record)
    return str(written.connector_arguments["_stdin"])


APPLIED = record(GOOD)


def who(operation: Any, reading: Reading, **told: Any) -> str:
    """Which moved, where the operation would change something."""
    host = FakeHost(fact=reading)
    assert work(host, operation, **{**WANTED[operation], **told})
    return cause(host.state, host.name, operation.__name__)  # type: ignore[arg-type]


EDITED = {**GOOD.files, "/etc/a": FILE._replace(digest="0" * 64)}
STOPPED = {"a.timer": Unit(enabled=True)}


@pytest.mark.parametrize(
    ("operation", "found", "told", "expected"),
    [
        (config_file, {}, {"content": "two\n"}, "repository"),
        (config_file, {}, {"holds": replace(HOLDS, active=("a.timer", "b.timer"))}, "repository"),
        (config_file, {}, {"holds": replace(HOLDS, files={"/etc/beside": "d2"})}, "repository"),
        (config_file, {"files": EDITED}, {}, "host"),
        (config_file, {"files": {}}, {}, "host"),
        (config_file, {"files": {**GOOD.files, "/etc/a": FILE._replace(access="666 root:root")}}, {}, "host"),
        (config_file, {"files": {**GOOD.files, "/etc/a": FILE._replace(written=101)}}, {}, "host"),
        (config_file, {"units": STOPPED}, {}, "host"),
        (config_file, {"rules": False}, {}, "host"),
        (config_file, {"files": EDITED}, {"content": "two\n"}, "both"),
        (config_file, {"units": STOPPED}, {"content": "two\n"}, "both"),
        (packages, {}, {"names": ["curl", "jq"]}, "repository"),
        (packages, {"packages": frozenset({"sudo"})}, {}, "host"),
        (packages, {"packages": frozenset({"sudo"})}, {"names": ["curl", "jq"]}, "both"),
        (accounts, {}, {"names": ["ada"]}, "repository"),
        (accounts, {}, {"names": ["ada", "bob", "eve"]}, "repository"),
        (accounts, {"accounts": frozenset({"ada"})}, {}, "host"),
        (accounts, {"groups": {GROUP: frozenset({"ada", "bob", "eve"})}}, {}, "host"),
        (accounts, {"accounts": frozenset({"ada"})}, {"names": ["ada", "bob", "eve"]}, "both"),
        (enabled, {}, {"unit": "b.timer"}, "repository"),
        (enabled, {"units": STOPPED}, {}, "host"),
        (timezone, {}, {"zone": "Europe/Paris"}, "repository"),
        (timezone, {"timezone": "Europe/Paris"}, {}, "host"),
        (timezone, {"timezone": "Europe/Paris"}, {"zone": "Europe/Rome"}, "both"),
        (named, {"identity": ""}, {"found": ""}, "host"),
    ],
)
def test_each_part_of_a_host_tells_which_of_the_two_moved(
    operation: Any, found: dict[str, Any], told: dict[str, Any], expected: str
) -> None:
    assert who(operation, replace(GOOD, applied=APPLIED, **found), **told) == expected


@pytest.mark.parametrize(
    ("identity", "applied", "expected"),
    [
        ("", "", "new"),
        (NAME, "", "either"),
        (NAME, "{", "either"),
        (NAME, "[]", "either"),
        pytest.param(NAME, "[" * 100_000, "either", id="deep"),
    ],
)
def test_without_a_record_a_part_is_new_or_nobody_knows(identity: str, applied: str, expected: str) -> None:
    found = replace(GOOD, identity=identity, applied=applied, timezone="")

    assert who(timezone, found) == expected


def test_every_operation_on_a_host_itself_is_one_of_these() -> None:
    made = {
        node.name
        for source in sources()
        for node in source.nodes(ast.FunctionDef)
        if source.module.startswith("tasks.host.") and "operation()" in map(ast.unparse, node.decorator_list)
    }

    assert made == {operation._inner.__name__ for operation in (*WANTED, on_record)}


def test_of_what_says_nothing_nobody_knows() -> None:
    host: Any = FakeHost()

    assert cause(host.state, host.name, "databases") == "either"


def test_a_record_is_of_all_that_is_wanted_and_of_nothing_else_and_is_written_once() -> None:
    things = json.loads(APPLIED)

    assert things == {
        "name": "tools-prod of lab",
        "time zone": "UTC",
        "file /etc/a": f"644 root:root {FILE.digest}",
        "read /etc/a": "yes",
        "file /etc/beside": "d1",
        "enabled a.timer": "yes",
        "active a.timer": "yes",
        "rules as loaded": "yes",
        "package curl": "yes",
        "account ada": "yes",
        "account bob": "yes",
    }
    host = FakeHost(fact=replace(GOOD, applied=APPLIED))
    for operation, told in WANTED.items():
        assert work(host, operation, **told) == []
    assert work(host, on_record) == []


@pytest.mark.parametrize(
    ("applied", "expected"), [("", "new"), ("{", "host"), ('{"time zone": "Europe/Rome"}', "repository")]
)
def test_a_record_that_is_another_one_is_written_anew_for_root_alone(applied: str, expected: str) -> None:
    host: Any = FakeHost(fact=replace(GOOD, applied=applied))
    work(host, timezone, zone="UTC")
    [written] = work(host, on_record)

    assert str(written) == WRITE
    assert WRITE.startswith("umask 077; ")
    assert written.connector_arguments["_stdin"] == '{\n "time zone": "UTC"\n}'
    assert cause(host.state, host.name, "on_record") == expected


def test_what_one_host_wants_is_not_on_the_record_of_another() -> None:
    one, two = FakeHost(fact=GOOD), FakeHost(name="management", fact=GOOD)
    two.state = one.state
    one.state.hosts["management"] = two
    work(one, timezone, zone="UTC")
    work(two, packages, names=["curl"])
    [written] = work(two, on_record)

    assert json.loads(written.connector_arguments["_stdin"]) == {"package curl": "yes"}
