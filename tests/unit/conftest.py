"""Tests of this folder are pure: none starts a program, opens a connection or waits."""

import socket
import subprocess
import time

import pytest

from tests.support.site import HOSTS, app, release_of, secrets_of

__all__ = ["HOSTS", "app", "release_of", "secrets_of"]
ON_THEIR_WAY = ("test_doubles", "test_lab_", "test_scaleway_", "test_images")
"""Tests of the lab's own code, which go to tests/lab_unit."""


@pytest.fixture(autouse=True)
def pure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("tests/unit is pure; what needs a program, a port or time is in tests/cli")

    if request.path.name.startswith(ON_THEIR_WAY):
        return
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(time, "sleep", refuse)
    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
