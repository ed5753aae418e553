"""Tests of this folder are pure: none starts a program, opens a connection or waits."""

import socket
import subprocess
import time

import pytest


@pytest.fixture(autouse=True)
def pure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("tests/unit is pure; what needs a program, a port or time is in tests/cli")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(time, "sleep", refuse)
    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
