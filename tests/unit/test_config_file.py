"""A configuration file of the host: which differences of it are put right, and which are none."""

import hashlib
from typing import Any

import pytest

from tasks.host.config_file import Holds, config_file, difference
from tasks.host.settings import Setting
from tasks.program import Asked, File, Reading, Unit
from tests.support.operations import FakeHost, commands, on

CONTENT = "setting = 1\n"
HOLDS = Holds(enabled=("a.path",), active=("b.timer",), files={"/etc/beside": "d1"}, rules=True)
GOOD = File("644 root:root", 100, hashlib.sha256(CONTENT.encode()).hexdigest())
UNITS = {"a.path": Unit(enabled=True), "b.timer": Unit(active=True)}
BESIDE = File("600 root:root", 999, "d1")


def changed(file: File = GOOD, *, started: int = 100, holds: Holds = HOLDS, **other: Any) -> list[str]:
    """The programs that put the file right."""
    known = {
        "files": {"/etc/a b": file, "/etc/beside": BESIDE},
        "units": UNITS | {"ssh.service": Unit(started=started)},
        "rules": True,
    }
    host = FakeHost(fact=Reading(**{**known, **other}))
    with on(host):
        made = commands(
            config_file, path="/etc/a b", content=CONTENT, unit="ssh", check="sshd -t", holds=holds
        )
    return [str(each) for each in made]


@pytest.mark.parametrize("started", [0, 100, 101])
def test_a_file_that_is_as_it_should_be_and_was_read_is_left_alone(started: int) -> None:
    assert changed(started=started) == []


@pytest.mark.parametrize(
    "found",
    [
        {"file": GOOD._replace(access="600 root:root")},
        {"file": GOOD._replace(access="644 www-data:root")},
        {"file": GOOD._replace(access="644 root:www-data")},
        {"file": GOOD._replace(digest="0" * 64)},
        {"file": File()},
        {"files": {}},
        {"started": 99},
        {"units": UNITS | {"a.path": Unit(active=True)}},
        {"units": UNITS | {"b.timer": Unit(enabled=True)}},
        {"units": {}},
        {"files": {"/etc/a b": GOOD, "/etc/beside": BESIDE._replace(digest="d2")}},
        {"rules": False},
    ],
)
def test_whatever_of_it_is_not_so_is_put_right(found: dict[str, Any]) -> None:
    [program] = changed(**found)

    assert program.startswith("file='/etc/a b' unit=ssh trial=0\n")
    assert "{ sshd -t; } ||" in program


def test_what_nothing_is_said_of_may_be_as_it_likes() -> None:
    assert changed(holds=Holds(), rules=False, units={}) == []


def test_all_that_a_file_is_about_is_asked_by_names_that_systemd_has() -> None:
    assert Setting(name="x", path="/etc/a", content="", unit="ssh", holds=HOLDS).asked == Asked(
        files=frozenset({"/etc/a", "/etc/beside"}), units=frozenset({"ssh.service", "a.path", "b.timer"})
    )
    assert Setting(name="x", path="/etc/a", content="").asked == Asked(files=frozenset({"/etc/a"}))


def test_what_decides_who_gets_in_is_shown_line_by_line() -> None:
    shown = difference("/etc/rules", ["one", "two", "three", "four"], "one\ntwo\nanother\nfour\n")

    assert shown == [
        "--- host: /etc/rules",
        "+++ wanted",
        "@@ -2,3 +2,3 @@",
        " two",
        "-three",
        "+another",
        " four",
    ]
