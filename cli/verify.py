"""`guildhall verify`."""

import subprocess
import sys

import click

from tasks.settings import ROOT


@click.command()
@click.option("--limit", metavar="HOST", help="Only this server or group.")
def command(limit: str | None) -> int:
    """Prove, from outside and inside, that every server does what the catalogue says.

    Changes nothing. It is the same as

    \b
        pyinfra inventory.py deploys/verify.py -y

    Exit code 1 if a row of its table says FAILED.
    """
    limited = ["--limit", limit] if limit else []
    words = [sys.executable, "-m", "pyinfra", "inventory.py", "deploys/verify.py", "-y", *limited]
    return subprocess.run(words, cwd=ROOT, check=False).returncode
