"""pyinfra's own hook, run before anything else: what every run has in common."""

import logging
import socket
import sys
from pathlib import Path
from typing import Any

import click
import paramiko
import pyinfra_cli.cli
from pyinfra import config
from pyinfra.api import State
from pyinfra_cli.exceptions import CliError

# pyinfra looks for our packages last: those of this checkout come first, whatever is installed beside them.
sys.path.insert(0, str(Path.cwd()))

config.REQUIRE_PYINFRA_VERSION = "~=3.10.0"
config.FAIL_PERCENT = 100  # a host that is down never keeps the others from their deploy

# pyinfra says in one line that a host cannot be reached; paramiko's own log would add a traceback.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

_connect_all = pyinfra_cli.cli.connect_all


def _connect_checked(state: State) -> None:
    """Builds all that a deploy wants first, so that bad input is refused before a host is contacted."""
    if all(name.endswith(".py") for name in click.get_current_context().params["operations"]):
        from tasks import run  # noqa: PLC0415 - other commands need no catalogue

        try:
            limited = state.limit_hosts
            run.prepare(state.inventory, state.inventory if limited is None else limited)
        except ValueError as error:
            raise CliError(str(error)) from None
    for host in state.inventory:
        host.host_data["ssh_paramiko_connect_kwargs"] = {"transport_factory": _transport_without_delay}
    _connect_all(state)


def _transport_without_delay(sock: Any, **options: Any) -> paramiko.Transport:
    """Nagle's algorithm would hold back each small request for some 40 ms: most of a run without changes."""
    if isinstance(sock, socket.socket):  # and no proxy command
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return paramiko.Transport(sock, **options)


pyinfra_cli.cli.connect_all = _connect_checked
