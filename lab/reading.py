"""How long it takes to read all that runs on a host, in the one exec that a deploy has for it."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

import paramiko

from lab import layout
from lab.errors import LabError
from tasks import program

REPEATS: Final = 15
STACK: Final = '"kind": "stack"'


@dataclass(frozen=True)
class Reading:
    """Medians, over a connection that is open."""

    apps: int
    seconds: float
    empty_seconds: float
    """Of a command that does nothing: what the connection and the shell cost."""


def read(host: layout.Host) -> Reading:
    """Reads a host several times; LabError if it does not answer."""
    taken, empty, apps = [], [], 0
    with _connected(host) as client:
        for _ in range(REPEATS):
            empty.append(_asked(client, "true")[0])
            seconds, said = _asked(client, program.command("read", without="false"), program.packed())
            taken.append(seconds)
            apps = said.count(STACK)
    return Reading(apps, median(taken), median(empty))


@contextmanager
def _connected(host: layout.Host) -> Iterator[paramiko.SSHClient]:
    """As deploys connect: without Nagle's delay."""
    with socket.create_connection((layout.LOOPBACK, host.ssh)) as wire, paramiko.SSHClient() as client:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.load_host_keys(str(layout.KNOWN_HOSTS))
        client.connect(
            layout.LOOPBACK,
            host.ssh,
            "root",
            key_filename=str(layout.SSH_KEY),
            sock=wire,
            allow_agent=False,
            look_for_keys=False,
        )
        yield client


def _asked(client: paramiko.SSHClient, command: str, sent: str = "") -> tuple[float, str]:
    """Seconds that a command took, and what it printed."""
    began = time.monotonic()
    stdin, stdout, stderr = client.exec_command(command)
    if sent:
        stdin.write(f"{sent}\n")
        stdin.channel.shutdown_write()
    said = stdout.read().decode()
    if stdout.channel.recv_exit_status():
        raise LabError(f"the host cannot be read: {stderr.read().decode()}")
    return time.monotonic() - began, said
