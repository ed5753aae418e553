"""`guildhall verify`."""

import subprocess
import sys

import click

from tasks.settings import ROOT


@click.command()
@click.option("--limit", metavar="HOST", help="Only this server or group.")
@click.option("--ports", is_flag=True, help="Print what is open, from where, and why, as well.")
def command(limit: str | None, ports: bool) -> int:
    """Prove, from outside and inside, that every server does what the catalogue says.

    Changes nothing. Without --ports it is the same as

    \b
        pyinfra inventory.py deploys/verify.py -y

    Exit code 1 if a row of its table says FAILED.
    """
    limited = ["--limit", limit] if limit else []
    shown = ["--data", "show_ports=yes"] if ports else []
    words = [sys.executable, "-m", "pyinfra", "inventory.py", "deploys/verify.py", "-y", *limited, *shown]
    return subprocess.run(words, cwd=ROOT, check=False).returncode
