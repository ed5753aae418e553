"""The program on the host: whether Docker's rules that keep apps apart are there."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from onhost import engine, isolation

Ends = Callable[..., list[Any]]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """The list of rules ends with an exit code, and the engine says what it speaks to."""
    seen: list[Any] = []

    def spawned(*words: object, **how: object) -> int:
        seen.append((words, how))
        return 77

    def lay(code: int, info: object, there: bool = True) -> list[Any]:
        known = {("iptables", engine.PATH): "/sbin/iptables"} if there else {}
        monkeypatch.setattr(shutil, "which", lambda name, path: known.get((name, path)))
        monkeypatch.setattr(os, "posix_spawn", spawned)
        monkeypatch.setattr(os, "waitpid", lambda *which: {(77, 0): (77, code << 8)}[which])
        monkeypatch.setattr(engine, "ask", lambda *question: {("GET", "/info"): info}[question])
        return seen

    return lay


IPTABLES: list[dict[str, Any]] = [
    {},
    {"FirewallBackend": None},
    {"FirewallBackend": {"Driver": "iptables+firewalld"}},
]


@pytest.mark.parametrize("info", IPTABLES)
def test_rules_that_are_gone_leave_apps_open_to_each_other(ends: Ends, info: dict[str, Any]) -> None:
    seen = ends(1, info)

    assert isolation.is_open()
    [(words, how)] = seen
    asked = ("iptables", "--wait", "5", "--numeric", "--list", "DOCKER")
    assert words == ("/sbin/iptables", asked, engine.environment())
    nothing = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 1, 2)]
    assert how == {"file_actions": nothing}


def test_rules_that_are_there_keep_them_apart(ends: Ends) -> None:
    ends(0, {})

    assert not isolation.is_open()


def test_an_engine_that_speaks_to_nftables_has_its_rules_elsewhere(ends: Ends) -> None:
    ends(1, {"FirewallBackend": {"Driver": "nftables"}})

    assert not isolation.is_open()


def test_without_the_program_there_are_no_such_rules(ends: Ends) -> None:
    assert ends(1, {}, there=False) == []
    assert not isolation.is_open()
