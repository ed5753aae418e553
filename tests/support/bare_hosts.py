"""A program: pyinfra's own command line, with every host a bare Debian that is never contacted.

With `guildhall` as its first word it is that command's.

`HOSTS_SAY` is a file that says what hosts answer: a map of host, part of the command, and lines;
null where the command fails.
`HOSTS_DOWN` names hosts that nobody can connect to.
`HOSTS_HEARD` is one that gets each command: host, text, and whether it is run by sudo, as JSON lines.
"""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

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
    answers = [said for part, said in known.items() if part in str(command)]
    with HEARD.open("a") as heard:
        heard.write(json.dumps([self.host.name, str(command), bool(arguments.get("_sudo"))]) + "\n")
    lines = [OutputLine("stdout", line) for said in answers for line in said or ()]
    return None not in answers, CommandOutput(lines)


if __name__ == "__main__":
    patch.multiple(SSHConnector, connect=connect, disconnect=disconnect, run_shell_command=answer).start()
    if sys.argv[1:2] == ["guildhall"]:
        from cli.main import run

        sys.exit(run(sys.argv[2:]))
    main()
