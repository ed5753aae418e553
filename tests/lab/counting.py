"""Runs pyinfra and counts the SSH sessions that it opens: `python counting.py FILE pyinfra's arguments`.

FILE becomes JSON: by the port of the host's sshd, how many commands and subsystems (`sftp`) were started.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from pyinfra_cli.main import main  # first: it patches what paramiko is made of

# isort: split
from paramiko import Channel

opened: dict[int, Counter[str]] = defaultdict(Counter)


def count(method: str) -> None:
    """Whatever pyinfra's connectors are asked for, on the wire it is one of paramiko's session channels."""
    plain = getattr(Channel, method)

    def counted(self: Channel, *args: Any, **kwargs: Any) -> Any:
        opened[self.get_transport().getpeername()[1]][method] += 1
        return plain(self, *args, **kwargs)

    setattr(Channel, method, counted)


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    count("exec_command")
    count("invoke_subsystem")
    try:
        main()
    finally:
        file.write_text(json.dumps(opened))
