"""How a host is told commands that pyinfra does not run by itself: with the rights of the operation."""

from collections.abc import Mapping
from typing import Any

from pyinfra.api import Host
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS


def privileges(host: Host) -> dict[str, Any]:
    """What `host.run_shell_command` must be told to act as the running operation does: `_sudo` above all.

    pyinfra tells it to its own commands only. What each call says for itself, `_stdin`, is not among it.
    """
    arguments: Mapping[str, Any] = host.current_op_global_arguments or {}
    return {key: arguments[key] for key in CONNECTOR_ARGUMENT_KEYS if key in arguments and key != "_stdin"}
