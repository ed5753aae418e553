"""An app goes back to a release that its server still has."""

import json
import re
from collections.abc import Callable
from typing import Final

from pyinfra.api import Host

from catalogue.model import App
from tasks import checkout, program, remote

COMMAND: Final = program.command(
    "rollback", without='echo "Python is missing on this host: deploy" >&2; exit 1'
)
REVISION: Final = re.compile(r"[0-9a-f]{1,12}")


def back(host: Host, app: App, to: str, hear: Callable[[str], None]) -> bool:
    """Goes back, each step heard; whether it ended well. ValueError: no revision, or no way there.

    `to` is a revision or its beginning; empty: the one before what serves.
    """
    if to and not REVISION.fullmatch(to):
        raise ValueError(f"--to {to}: a revision has letters a to f and digits; guildhall history {app.name}")
    data = remote.connected(host).data
    told = {
        "app": app.name,
        "to": to,
        "by": checkout.operator(),
        "wait": data.wait_for_dependencies_seconds,
        "postgres_host": data.postgres_host,
        "postgres_port": data.postgres_port,
    }
    sent = f"{program.packed()}\n{json.dumps(told)}\n"
    return remote.heard(host, COMMAND, hear, sent)
