"""A program: pyinfra's own command line, with every host a bare Debian that is never contacted.

With `guildhall` as its first word it is that command's.

`HOSTS_SAY` is a file that says what hosts answer: a map of host, part of the command, and lines;
null where the command fails.
`HOSTS_DOWN` names hosts that nobody can connect to.
`HOSTS_STOP` is a part of the command at which somebody types Ctrl-C.
`HOSTS_HEARD` is one that gets each command: host, text, and whether it is run by sudo, as JSON lines.
"""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import base64
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import requests
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra_cli.main import main

from onhost.answer import BEGIN, END

SYSTEM = base64.b64encode(b"ID=debian\nVERSION_CODENAME=trixie\n").decode()
BARE = [BEGIN, json.dumps({"kind": "bare", "identity": "", "system": SYSTEM}), END]
SAID: dict[str, dict[str, list[str] | None]] = json.loads(
    Path(os.environ.get("HOSTS_SAY") or os.devnull).read_text() or "{}"
)
HEARD = Path(os.environ.get("HOSTS_HEARD") or os.devnull)


def connect(self: SSHConnector) -> None:
    """Nobody is there."""
    if self.host.name in os.environ.get("HOSTS_DOWN", "").split():
        raise ConnectError("it is down")


def disconnect(_self: SSHConnector) -> None:
    """Nobody was there."""


def answer(
    self: SSHConnector, command: StringCommand, *_: Any, **arguments: Any
) -> tuple[bool, CommandOutput]:
    """Success, mostly without a word; only which Debian it is it says, and what a test has it say."""
    known = {" read;": BARE, **SAID.get(self.host.name, {})}
    if (part := os.environ.get("HOSTS_STOP")) and part in str(command):
        os.kill(os.getpid(), signal.SIGINT)
    answers = [said for part, said in known.items() if part in str(command)]
    with HEARD.open("a") as heard:
        heard.write(json.dumps([self.host.name, str(command), bool(arguments.get("_sudo"))]) + "\n")
    lines = [OutputLine("stdout", line) for said in answers for line in said or ()]
    return None not in answers, CommandOutput(lines)


def nobody(*_: Any, **__: Any) -> None:
    """No registry answers."""
    raise requests.ConnectionError


if __name__ == "__main__":
    if os.environ.get("HOSTS_STOP"):  # who starts a test in the background lets it ignore Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    patch("tasks.images.Registries._send", nobody).start()
    patch.multiple(SSHConnector, connect=connect, disconnect=disconnect, run_shell_command=answer).start()
    if sys.argv[1:2] == ["guildhall"]:
        from cli.main import run

        sys.exit(run(sys.argv[2:]))
    main()
