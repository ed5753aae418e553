"""What the bench compares with: servers far away, and those that are not there."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import distance, layout, playbook, speed
from lab.errors import LabError
from lab.speed import Cost


class Echo(socketserver.BaseRequestHandler):
    """Says what it hears."""

    def handle(self) -> None:
        while heard := self.request.recv(100):
            self.request.sendall(heard)


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that echoes."""
    with socketserver.ThreadingTCPServer((layout.LOOPBACK, 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_server_far_away_answers_as_late_as_it_is_far_and_says_the_same(port: int) -> None:
    with distance.far([port], 0.2) as ports, socket.create_connection((layout.LOOPBACK, ports[port])) as line:
        line.sendall(b"first ")  # this one waits for the connection, too
        assert line.recv(100) == b"first "
        began = time.monotonic()
        line.sendall(b"second")
        heard = line.recv(100)
        seconds = time.monotonic() - began

    assert heard == b"second"
    assert seconds >= 0.2


FOUND = {
    "alone": [Cost(1.0, 0.5)],
    "site": [Cost(1.4, 0.75, (2, 3, 2)), Cost(1.6, 0.75, (2, 2, 2)), Cost(9.0, 0.8, (2, 2, 2))],
    "alone, away": [Cost(1.5)],
    "site, away": [Cost(2.0)],
    "ansible": [Cost(48.0)],
}


def test_the_table_has_each_ratio_with_its_aim() -> None:
    said = [" ".join(line.split()) for line in speed.rows(FOUND)]

    assert said == [
        "connecting alone: pyinfra, and nothing of ours 1.00 s 0.50 s of processor",
        "site.py 1.60 s 1.60 x connecting (aim: 1.5); 0.75 s of processor",
        "commands a server 3 (aim: at most 4)",
        "connecting alone, servers 50 ms away 1.50 s",
        "site.py, servers 50 ms away 2.00 s (aim: below 2.5 s)",
        "Ansible: the same files, packages and units 48.00 s 30 x site.py (aim: 30)",
    ]
    assert "processors" in speed.machine()


def test_without_ansible_it_is_said_what_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(playbook.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LabError, match="`make bench` installs it"):
        playbook.program()


@pytest.mark.parametrize(
    ("line", "equal"),
    [
        ("tools-prod  : ok=3    changed=0    unreachable=0    failed=0", True),
        ("tools-prod  : ok=3    changed=1    unreachable=0    failed=0", False),
        ("tools-prod  : ok=2    changed=0    unreachable=0    failed=1", False),
    ],
)
def test_a_playbook_that_changes_something_is_not_the_equal_of_a_run(line: str, *, equal: bool) -> None:
    assert bool(playbook.RECAP.search(f"PLAY RECAP ****\n{line}\n")) is equal
