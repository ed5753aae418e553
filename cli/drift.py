"""`guildhall drift`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import os

import click

from cli.plan import SITE
from tasks import note as notes
from tasks import plan, session
from tasks.settings import ROOT


@click.command()
@click.option("--limit", multiple=True, metavar="HOST", help="Only this server or group; may be repeated.")
@click.option("--metrics", is_flag=True, help="For node-exporter's textfile collector.")
@click.option("--note", is_flag=True, help="Leave what was found on each server, for alerts.")
def command(limit: tuple[str, ...], metrics: bool, note: bool) -> int:
    """Whether servers still are what the repository says, and which of the two moved.

    Exit codes as those of `guildhall plan`.
    """
    os.chdir(ROOT)
    made = session.prepare(plan.Wish(deploys=SITE, limit=limit))
    for line in plan.metrics(made) if metrics else plan.drift(made):
        click.echo(line)
    away = list(notes.note(made)) if note else []
    for line in away:
        click.echo(line, err=True)
    return int(made.code) or int(bool(away))
