"""A program: pyinfra's own command line, with every host a bare Debian that is never contacted."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
from typing import Any
from unittest.mock import patch

from pyinfra.api.command import StringCommand
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra_cli.main import main

OS_RELEASE = ("/etc/os-release", "ID=debian", "VERSION_CODENAME=trixie", 'VERSION_ID="13"', "---")


def connect(_self: SSHConnector) -> None:
    """Nobody is there."""


def answer(_self: SSHConnector, command: StringCommand, *_: Any, **__: Any) -> tuple[bool, CommandOutput]:
    """Success without a word; only which Debian it is can be asked."""
    lines = OS_RELEASE if "*-release" in str(command) else ()
    return True, CommandOutput([OutputLine("stdout", line) for line in lines])


if __name__ == "__main__":
    patch.multiple(SSHConnector, connect=connect, disconnect=connect, run_shell_command=answer).start()
    main()
