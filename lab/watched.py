"""Runs pyinfra and watches what it costs: `python -m lab.watched FILE PORTS pyinfra's arguments`.

PORTS is JSON: port of a server: port to connect to in its place, as through a line that is slower.
FILE becomes JSON: `cpu`, seconds of processor time, and `execs`, by port of a server how many commands were
started there.
"""

import json
import socket
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pyinfra_cli.main import main  # first: it patches what paramiko is made of

# isort: split
from paramiko import Channel


def watch(ports: dict[int, int]) -> Counter[int]:
    """From here on connections go by those ports, and commands are counted."""
    started: Counter[int] = Counter()
    servers = {through: port for port, through in ports.items()}
    execute, connect = Channel.exec_command, socket.socket.connect

    def counted(self: Channel, *args: Any, **kwargs: Any) -> Any:
        port = self.get_transport().getpeername()[1]
        started[servers.get(port, port)] += 1
        return execute(self, *args, **kwargs)

    def led(self: Any, address: Any) -> None:
        if isinstance(address, tuple) and address[1] in ports:
            address = (address[0], ports[address[1]], *address[2:])
        connect(self, address)

    Channel.exec_command = counted  # type: ignore[method-assign]
    socket.socket.connect = led  # type: ignore[method-assign]
    return started


if __name__ == "__main__":
    file, led_by = Path(sys.argv.pop(1)), json.loads(sys.argv.pop(1))
    execs = watch({int(port): through for port, through in led_by.items()})
    try:
        main()
    finally:
        file.write_text(json.dumps({"cpu": time.process_time(), "execs": execs}))
