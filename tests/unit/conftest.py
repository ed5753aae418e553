"""Tests of this folder are pure: none starts a program, opens a connection or waits.

They end within seconds: no garbage is collected meanwhile.
"""

import gc
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def pure() -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("tests/unit is pure; what needs a program, a port or time is in tests/cli")

    gc.disable()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", refuse)
        patch.setattr(time, "sleep", refuse)
        for name in ("connect", "connect_ex", "bind"):
            patch.setattr(socket.socket, name, refuse)
        yield
    gc.freeze()  # else all of it is gone through at once, at the end of a process that has no more to do
    gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    """`make check` does without what captures logs: it costs time with each test."""
    if "caplog" in getattr(item, "fixturenames", ()):
        raise pytest.UsageError(
            f"{item.nodeid}: no caplog in tests/unit; put something in the logger's place"
        )
