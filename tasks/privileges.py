"""How a host is told commands that pyinfra does not run by itself: with the rights of the operation."""

from collections.abc import Mapping
from typing import Any

from pyinfra.api import Host
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS, pop_global_arguments


def privileges(host: Host) -> dict[str, Any]:
    """What `host.run_shell_command` must be told to act as the running operation does: `_sudo` above all.

    pyinfra tells it to its own commands only. What each call says for itself, `_stdin`, is not among it.
    Where no operation runs it is what the inventory says of the host.
    """
    running: Mapping[str, Any] | None = host.current_op_global_arguments
    arguments: Mapping[str, Any] = (
        pop_global_arguments(host.state, host, {})[0] if running is None else running
    )
    return {key: arguments[key] for key in CONNECTOR_ARGUMENT_KEYS if key in arguments and key != "_stdin"}
