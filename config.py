"""pyinfra's own hook, run before anything else: what every run has in common."""

import logging
import socket
from typing import Any

import click
import paramiko
import pyinfra_cli.cli
from pyinfra import config
from pyinfra.api import State
from pyinfra_cli.exceptions import CliError

config.REQUIRE_PYINFRA_VERSION = "~=3.10.0"
config.FAIL_PERCENT = 100  # a host that is down never keeps the others from their deploy

# pyinfra says in one line that a host cannot be reached; paramiko's own log would add a traceback.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

_connect_all = pyinfra_cli.cli.connect_all
_transport = paramiko.Transport.__init__


def _connect_checked(state: State) -> None:
    """Builds all that a deploy wants first, so that bad input is refused before a host is contacted."""
    if all(name.endswith(".py") for name in click.get_current_context().params["operations"]):
        from tasks import desired  # noqa: PLC0415 - other commands need no catalogue

        try:
            limited = state.limit_hosts
            desired.prepare(state.inventory, state.inventory if limited is None else limited)
        except ValueError as error:
            raise CliError(str(error)) from None
    _connect_all(state)


def _transport_without_delay(self: paramiko.Transport, sock: Any, *args: Any, **kwargs: Any) -> None:
    """Nagle's algorithm would hold back each small request for some 40 ms: most of a run without changes."""
    _transport(self, sock, *args, **kwargs)
    if isinstance(self.sock, socket.socket):
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


pyinfra_cli.cli.connect_all = _connect_checked
paramiko.Transport.__init__ = _transport_without_delay  # type: ignore[method-assign]
