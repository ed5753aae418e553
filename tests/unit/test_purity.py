"""That tests of this folder are pure is not left to whoever writes one."""

import socket
import subprocess
import time
from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    "act",
    [
        lambda: subprocess.run(["true"], check=True),
        lambda: time.sleep(0),
        lambda: socket.socket().connect(("127.0.0.1", 1)),
        lambda: socket.socket().connect_ex(("127.0.0.1", 1)),
        lambda: socket.socket().bind(("127.0.0.1", 0)),
    ],
    ids=["a program", "a pause", "a connection", "another connection", "a port"],
)
def test_a_program_a_connection_and_a_pause_are_refused(act: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="tests/unit is pure"):
        act()
