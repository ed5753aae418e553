"""A host is read once for all that compares with it, and anew after whatever changed there."""

import base64
import json
from typing import Any

import pytest

from onhost import answer
from tasks import program
from tasks.program import Asked, File, Reading, Unit, reading
from tasks.program.reading import BARE, SECONDS, HostReading, parsed
from tests.support.operations import FakeHost, changed

HOST: dict[str, Any] = {
    "kind": "host",
    "identity": "{}",
    "applied": '{"package curl": "yes"}',
    "timezone": "Europe/Paris",
    "system": {"ID": "debian"},
    "files": {"/etc/a": ["644 root:root", 7, "d1"]},
    "units": {"ssh.service": [100, True, False]},
    "packages": ["curl"],
    "accounts": ["ada"],
    "groups": {"guildhall": ["ada", "bob"]},
    "rules": True,
}
STACK = {"kind": "stack", "app": "blog"}


def said(*lines: dict[str, Any]) -> list[str]:
    return [answer.BEGIN, *map(json.dumps, lines), answer.END]


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(reading, "time", made)
    return made


def questions(host: FakeHost) -> list[dict[str, list[str]]]:
    """What each reading was asked, beside nothing."""
    told = [json.loads(text.split("\n")[1]) for text in host.asked]
    return [{name: names for name, names in each.items() if names} for each in told]


def read(host: Any, **asked: list[str]) -> Reading:
    return program.read(host, **asked)


def test_what_a_host_says_is_believed() -> None:
    whole = said(HOST, STACK)

    assert parsed(["hello", *whole]) == Reading(
        identity="{}",
        applied='{"package curl": "yes"}',
        timezone="Europe/Paris",
        system={"ID": "debian"},
        files={"/etc/a": File("644 root:root", 7, "d1")},
        units={"ssh.service": Unit(started=100, active=True)},
        packages=frozenset({"curl"}),
        accounts=frozenset({"ada"}),
        groups={"guildhall": frozenset({"ada", "bob"})},
        rules=True,
        stacks=("hello", *whole),
    )


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["hello"], "what runs on this host cannot be read: it gave no answer; deploy again"),
        (said(HOST)[:-1], "what runs on this host cannot be read: its answer was cut off; deploy again"),
        (said({**HOST, "files": 3}), "what runs on this host cannot be read: its answer is damaged; deploy"),
        (said({"kind": "problem", "text": "it took long"}), "it took long"),
        (said(STACK), "it said nothing of itself; deploy again"),
    ],
)
def test_a_host_that_says_nothing_of_itself_is_one_problem(lines: list[str], why: str) -> None:
    found = parsed(lines)

    assert found == Reading(problem=found.problem)
    assert found.problem.startswith(why)


def test_a_problem_of_its_stacks_alone_hides_nothing_else() -> None:
    found = parsed(said(HOST, {"kind": "problem", "text": "Docker Engine does not answer"}))

    assert (found.problem, found.timezone) == ("", "Europe/Paris")


def test_a_program_of_an_earlier_deploy_says_nothing_of_what_was_applied() -> None:
    found = parsed(said({name: value for name, value in HOST.items() if name != "applied"}))

    assert (found.problem, found.applied, found.timezone) == ("", "", "Europe/Paris")


def test_a_host_without_python_says_its_name_and_which_debian_it_is() -> None:
    encoded = {
        name: base64.b64encode(text).decode() for name, text in (("identity", b"x"), ("system", b"ID=a"))
    }

    assert parsed(said({"kind": "bare", **encoded})) == Reading(
        identity="x", system={"ID": "a"}, stacks=tuple(said({"kind": "bare", **encoded}))
    )
    assert HostReading().command() == program.command("read", without=BARE)


def test_all_that_is_expected_is_asked_at_once_and_nothing_twice(clock: Clock) -> None:
    host: Any = FakeHost(fact=Reading(timezone="UTC"))
    program.expect(host, Asked(files=frozenset({"/etc/a"}), units=frozenset({"ssh.service"})))

    for asked in ({}, {"files": ["/etc/a"]}, {"units": ["ssh.service"], "files": ["/etc/a"]}):
        assert read(host, **asked).timezone == "UTC"
    assert questions(host) == [{"files": ["/etc/a"], "units": ["ssh.service"]}]
    assert host.asked[0].startswith(f"{program.packed()}\n")


def test_what_nobody_expected_is_asked_with_all_the_rest(clock: Clock) -> None:
    host: Any = FakeHost(fact=Reading())
    read(host, files=["/etc/a"])
    read(host, packages=["curl"])
    read(host, files=["/etc/a"])

    assert questions(host) == [{"files": ["/etc/a"]}, {"files": ["/etc/a"], "packages": ["curl"]}]


@pytest.mark.parametrize(
    ("executed", "good", "times"), [(False, True, 1), (True, True, 2), (True, False, 2), (False, False, 2)]
)
def test_after_a_change_or_a_try_at_one_it_is_read_anew(
    clock: Clock, *, executed: bool, good: bool, times: int
) -> None:
    host: Any = FakeHost(fact=Reading())
    read(host)
    changed(host, executed=executed, good=good)
    read(host)
    read(host)

    assert len(host.asked) == times


def test_another_hosts_change_is_none_of_this_one(clock: Clock) -> None:
    host: Any = FakeHost(fact=Reading())
    other = FakeHost(name="management", state=host.state)
    read(host)
    changed(other)
    read(host)

    assert len(host.asked) == 1


@pytest.mark.parametrize(("later", "times"), [(SECONDS - 1, 1), (SECONDS, 2)])
def test_what_is_old_is_read_anew(clock: Clock, later: int, times: int) -> None:
    host: Any = FakeHost(fact=Reading())
    read(host)
    clock.now += later
    read(host)

    assert len(host.asked) == times


def test_another_run_knows_nothing_of_this_one(clock: Clock) -> None:
    for _ in range(2):
        host: Any = FakeHost(fact=Reading())
        read(host)
        assert len(host.asked) == 1
