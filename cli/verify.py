"""`guildhall verify`."""

import pyinfra_cli.cli  # first of all, since it lets gevent patch the standard library

# isort: split
import os

import click

from tasks.settings import ROOT
from tasks.verify import only_away


@click.command()
@click.option("--limit", metavar="HOST", help="Only this server or group.")
@click.option("--app", metavar="APP", help="Only this program: its pages, logins, containers and metrics.")
@click.option("--now", is_flag=True, help="Wait for nothing that has just started: how it is at this moment.")
@click.option("--ports", is_flag=True, help="Print what is open, from where, and why, as well.")
@click.option("--alerts", is_flag=True, help="Send a test to whom alerts go, by each way.")
def command(limit: str | None, app: str | None, now: bool, ports: bool, alerts: bool) -> int:
    """Prove, from outside and inside, that every server does what the catalogue says.

    Changes nothing. What has just started, it gives 90 seconds, and says what it waits for. It is the same as

    \b
        pyinfra inventory.py deploys/verify.py -y

    Exit code 1 if a row of its table says FAILED, 3 if those are only of servers that cannot be reached.
    """
    flags = {"at_once": now, "show_ports": ports, "try_alerts": alerts}
    said = {"app": app, **{name: "yes" for name, value in flags.items() if value}}
    limited = ["--limit", limit] if limit else []
    data = [word for name, value in said.items() if value for word in ("--data", f"{name}={value}")]
    os.chdir(ROOT)
    words = ["inventory.py", "deploys/verify.py", "-y", *limited, *data]
    try:
        pyinfra_cli.cli.cli.main(words, prog_name="pyinfra")
    except SystemExit as end:
        return 3 if end.code and only_away() else int(end.code or 0)
    return 0
