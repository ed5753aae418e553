"""`guildhall status`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import json
import os

import click

from cli.machine import told
from cli.plan import SITE
from tasks import plan, session
from tasks.settings import ROOT


@click.command()
@click.option("--limit", multiple=True, metavar="HOST", help="Only this server or group; may be repeated.")
@click.option("--app", default="", metavar="APP", help="Only this program.")
@click.option("--json", "as_json", is_flag=True, help="For a machine.")
def command(limit: tuple[str, ...], app: str, as_json: bool) -> int:
    """What runs where, of which version and commit, and what is wrong with it: that first.

    Exit code 0 if every program serves, 1 if one does not or its last deploy failed, 3 if a server cannot
    be reached.
    """
    os.chdir(ROOT)
    with told(as_json=as_json):
        made, found = session.look(plan.Wish(deploys=SITE, limit=limit, app=app))
    if as_json:
        click.echo(json.dumps(plan.standing_json(made, found), indent=2))
    for line in () if as_json else plan.shown(made, found):
        click.echo(line)
    return int(plan.standing_code(made, found))
