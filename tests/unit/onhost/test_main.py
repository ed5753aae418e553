"""The program on the host: where it begins."""

import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from onhost import account, answer, boot, deploys, main, metrics, reading, rollback, scan


def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the process will be told, and what each verb is given.

    No fixture: pytest puts its own streams back in between.
    """
    seen: list[Any] = []
    monkeypatch.setattr(os, "umask", lambda mask: seen.append(("umask", mask)))
    monkeypatch.setattr(signal, "signal", lambda *words: seen.append(("signal", *words)))
    stdout = SimpleNamespace(reconfigure=lambda **how: seen.append(how), write=seen.append, flush=str)
    monkeypatch.setattr(sys, "stdout", stdout)
    stdin = SimpleNamespace(buffer=SimpleNamespace(read=lambda: b"sent"), read=lambda: "typed")
    monkeypatch.setattr(sys, "stdin", stdin)

    def given(*words: object) -> int:
        seen.append(words)
        return 3

    verbs = ((deploys, "apply"), (boot, "boot"), (account, "made"), (reading, "told"))
    for module, name in (*verbs, (scan, "told"), (rollback, "rolled_back")):
        monkeypatch.setattr(module, name, given)
    monkeypatch.setattr(metrics, "told", lambda *words: [str(words)])
    monkeypatch.setattr(answer, "write", lambda lines: seen.append(("written", lines)))
    for name in ("GUILDHALL_ROOT", "GUILDHALL_LOG"):
        monkeypatch.delenv(name, raising=False)
    return seen


OPT, LOG = Path("/opt"), Path("/var/log/guildhall/deploys.jsonl")


@pytest.mark.parametrize(
    ("verb", "given", "code"),
    [
        ("read", [(OPT, LOG, "typed"), ("written", 3)], 0),
        ("scan", [("typed",), ("written", 3)], 0),
        ("rollback", [(OPT, LOG, "typed")], 3),
        ("apply", [(OPT, LOG, b"sent")], 3),
        ("boot", [(OPT, LOG)], 3),
        ("account", [(OPT, "typed")], 3),
        ("metrics", [str((OPT, LOG)), "\n"], 0),
    ],
)
def test_a_verb_is_given_what_it_needs_and_a_cut_connection_stops_none(
    monkeypatch: pytest.MonkeyPatch, verb: str, given: list[Any], code: int
) -> None:
    seen = told(monkeypatch)

    assert main.main([verb]) == code
    assert seen == [
        ("umask", 0o077),
        ("signal", signal.SIGHUP, signal.SIG_IGN),
        {"encoding": "utf-8", "errors": "backslashreplace"},
        *given,
    ]


def test_its_folder_and_its_record_may_lie_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = told(monkeypatch)
    monkeypatch.setenv("GUILDHALL_ROOT", "/a")
    monkeypatch.setenv("GUILDHALL_LOG", "/b")
    main.main(["boot"])

    assert seen[-1] == (Path("/a"), Path("/b"))


def test_what_nobody_thought_of_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = told(monkeypatch)

    assert main.main(["nosuch"]) == 1
    assert "".join(each for each in seen if isinstance(each, str)) == "deploy: FAILED: KeyError: 'nosuch'\n"
