"""What ill containers printed last, without the secrets of their app."""

from collections.abc import Iterable
from typing import Final

from paramiko import SSHException
from pyinfra.api import Host

from catalogue.model import App
from onhost import redaction
from tasks import remote
from tasks.privileges import privileges

LINES: Final = 5
"""Of each service."""


def last_lines(host: Host, app: App, services: Iterable[str], secrets: Iterable[str]) -> tuple[str, ...]:
    """The last lines of these services, or why they cannot be had; no value of `secrets` is in them."""
    words = ("logs", "--no-color", "--no-log-prefix", "--tail", str(LINES), *services)
    try:
        good, output = host.run_shell_command(remote.compose(app, *words), **privileges(host))
    except (OSError, SSHException) as error:
        return (f"its log cannot be read: {error}",)
    said = tuple(redaction.shown(output.output, secrets))
    return said if good else ("its log cannot be read:", *said)
