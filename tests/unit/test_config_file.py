"""A configuration file of the host: which differences of it are put right, and which are none."""

import hashlib
from dataclasses import replace

import pytest

from tasks.host.config_file import FileState, config_file, difference
from tests.support.operations import FakeHost, commands, on

CONTENT = "setting = 1\n"
GOOD = FileState(
    access="644 root:root", written=100, digest=hashlib.sha256(CONTENT.encode()).hexdigest(), started=100
)


def changed(found: FileState) -> list[str]:
    """The programs that put the file right."""
    host = FakeHost(fact=found)
    with on(host):
        made = commands(config_file, path="/etc/a b", content=CONTENT, unit="ssh", check="sshd -t")
    return [str(each) for each in made]


@pytest.mark.parametrize("started", [0, 100, 101])
def test_a_file_that_is_as_it_should_be_and_was_read_is_left_alone(started: int) -> None:
    assert changed(replace(GOOD, started=started)) == []


@pytest.mark.parametrize(
    "found",
    [
        replace(GOOD, access="600 root:root"),
        replace(GOOD, access="644 www-data:root"),
        replace(GOOD, access="644 root:www-data"),
        replace(GOOD, digest="0" * 64),
        replace(GOOD, started=99),
        replace(GOOD, holds=False),
        FileState(access="", written=0, digest="", started=0),
    ],
)
def test_another_content_mode_or_owner_or_a_unit_that_has_not_read_it_is_put_right(found: FileState) -> None:
    [program] = changed(found)

    assert program.startswith("file='/etc/a b' unit=ssh trial=0\n")
    assert "{ sshd -t; } ||" in program


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
