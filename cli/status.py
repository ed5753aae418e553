"""`guildhall status`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import json
import os
from dataclasses import asdict

import click

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
    made, found = session.look(session.Wish(deploys=SITE, limit=limit, app=app))
    away = {host.name: host.unreachable or host.problem for host in made.hosts}
    if as_json:
        answer = {"hosts": away, "apps": [{**asdict(each), "good": each.good} for each in found]}
        click.echo(json.dumps(answer, indent=2))
    else:
        for name, why in away.items():
            if why:
                click.echo(f"{name}: NOT KNOWN: {why}")
        for line in plan.shown(found):
            click.echo(line)
    if any(host.problem for host in made.hosts) or not all(each.good for each in found):
        return int(plan.Code.REFUSED)
    return int(plan.Code.UNREACHABLE if any(away.values()) else plan.Code.NOTHING)
