"""`guildhall plan`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import json
import os
from collections.abc import Iterable
from pathlib import Path

import click

from cli.machine import told
from tasks import plan, session
from tasks.settings import ROOT

SITE = ("deploys/site.py",)


@click.command()
@click.argument("deploys", nargs=-1, metavar="[DEPLOY]...")
@click.option("--limit", multiple=True, metavar="HOST", help="Only this server or group; may be repeated.")
@click.option("--app", default="", metavar="APP", help="Only this program.")
@click.option("--diff", is_flag=True, help="The lines of files that would change, secrets left out.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Keep it for guildhall apply.")
@click.option("--json", "form", flag_value="json", help="For a machine: docs/plan.md says what is in it.")
@click.option("--markdown", "form", flag_value="markdown", help="For a comment on a pull request.")
def command(
    deploys: tuple[str, ...],
    limit: tuple[str, ...],
    app: str,
    diff: bool,
    out: Path | None,
    form: str | None,
) -> int:
    """Say what a deploy would do, and do nothing. Without DEPLOY it is deploys/site.py.

    Exit code 0 if there is nothing to do, 2 if there is, 1 if something is wrong or would be refused,
    3 if a server cannot be reached: then the plan of the others is whole.
    """
    out = out and out.absolute()
    os.chdir(ROOT)
    wish = plan.Wish(deploys=deploys or SITE, limit=limit, app=app, diff=diff, outside=True)
    with told(as_json=form == "json"):
        made = session.prepare(wish)
    for line in _lines(made, form):
        click.echo(line)
    if out and made.code in (plan.Code.NOTHING, plan.Code.CHANGES):
        plan.save(made, out)
    elif out:
        click.echo(f"{out} is not written: of such a plan nothing can be carried out", err=True)
    return int(made.code)


def _lines(made: plan.Plan, form: str | None) -> Iterable[str]:
    if form == "json":
        return [json.dumps(plan.to_json(made), indent=2)]
    return plan.markdown(made) if form == "markdown" else plan.text(made)
