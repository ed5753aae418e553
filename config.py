"""pyinfra's own hook, run before anything else: what every run has in common."""

import logging
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import paramiko
import pyinfra.api.arguments
import pyinfra.connectors.ssh
import pyinfra_cli.cli
from gevent.hub import Hub
from pyinfra import config
from pyinfra.api import Inventory, State
from pyinfra.api.exceptions import PyinfraError
from pyinfra_cli.exceptions import CliError, UnexpectedExternalError

# pyinfra looks for our packages last: those of this checkout come first, whatever is installed beside them.
sys.path.insert(0, str(Path.cwd()))

config.REQUIRE_PYINFRA_VERSION = "~=3.10.0"
config.FAIL_PERCENT = 100  # a host that is down never keeps the others from their deploy

# pyinfra says in one line that no host is left; gevent, which runs hosts side by side, would add a traceback.
Hub.NOT_ERROR = (*Hub.NOT_ERROR, PyinfraError)

# pyinfra says in one line that a host cannot be reached; paramiko's own log would add a traceback.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

_make_inventory, _connect_all = pyinfra_cli.cli.make_inventory, pyinfra_cli.cli.connect_all


def _words(name: str) -> list[str]:
    """What was typed for an argument or an option of pyinfra."""
    return list(click.get_current_context().params[name])


def _deploys() -> bool:
    """Deploy files run, not a single fact or command."""
    return all(word.endswith(".py") for word in _words("operations"))


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Whatever is wrong with the input ends the run in one line; GUILDHALL_DEBUG=1 shows all of it."""
    from tasks import faults  # noqa: PLC0415 - from this checkout, now that it comes first

    try:
        yield
    except (PyinfraError, CliError):
        raise
    except Exception as error:
        if faults.debugging():
            raise
        cause = error.exception if isinstance(error, UnexpectedExternalError) else error
        raise CliError(faults.line(cause)) from None


def _make_checked(inventory: str, **options: Any) -> Inventory:
    """Only our own inventory has the groups and values that a deploy wants."""
    from tasks.settings import source  # noqa: PLC0415 - the same

    with _in_one_line():
        if _deploys() and Path(inventory).resolve() != Path.cwd() / "inventory.py":
            raise ValueError(
                f"{inventory!r} is not this site's inventory; type inventory.py, with --limit HOST"
            )
        if Path(inventory).is_file():
            source(Path(inventory))
        made: Inventory = _make_inventory(inventory, **options)
        return made


def _connect_checked(state: State) -> None:
    """Builds all that a deploy wants first, so that bad input is refused before a host is contacted."""
    if _deploys():
        with _in_one_line():
            from tasks import inventory, run  # noqa: PLC0415 - other commands need no catalogue

            for option in ("limit", "exclude"):
                inventory.check_patterns(state.inventory, f"--{option}", _words(option))
            limited = state.limit_hosts
            hosts = state.inventory if limited is None else limited
            run.prepare(state.inventory, hosts, _words("operations"))
    for host in state.inventory:
        host.host_data["ssh_paramiko_connect_kwargs"] = {"transport_factory": _Transport}
    _connect_all(state)


class _Transport(paramiko.Transport):
    """paramiko's, without delays, and with a lost connection said as pyinfra expects it."""

    def __init__(self, sock: Any, **options: Any) -> None:
        """Nagle's algorithm would hold back each small request for some 40 ms: most of a quiet run."""
        if isinstance(sock, socket.socket):  # and no proxy command
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, **options)

    def open_channel(self, *wanted: Any, **options: Any) -> paramiko.Channel:
        """A host that goes away at this moment fails like one that did before; pyinfra lets EOFError pass.

        paramiko/transport.py, `open_channel` and `run`; pyinfra/api/facts.py, `_get_fact`.
        """
        try:
            return super().open_channel(*wanted, **options)
        except EOFError:
            raise paramiko.SSHException("the host closed the connection") from None


def _tried_once(host: Any, command_arguments: Any, execute_command: Callable[..., Any]) -> Any:
    """Where sudo wants a password the host fails, and sudo says why.

    pyinfra would ask for it, and end with a traceback where nobody is to answer; what it was told, every
    process of the host could read.
    """
    return execute_command()


pyinfra_cli.cli.make_inventory, pyinfra_cli.cli.connect_all = _make_checked, _connect_checked
pyinfra.connectors.ssh.execute_command_with_sudo_retry = _tried_once

# Of each operation on each host pyinfra would read its callers' source, and work out the same table anew.
pyinfra.api.arguments.all_global_arguments = cache(pyinfra.api.arguments.all_global_arguments)

try:
    from tasks import order

    # `operation` of the package is a function; this is the module.
    import_module("pyinfra.api.operation").get_operation_order_from_stack = order.of_stack  # type: ignore[attr-defined]
    from tasks.inventory import check_data, check_options

    check_data(_words("data"))
    check_options(click.get_current_context().params)
except ValueError as _error:
    raise PyinfraError(str(_error)) from None
