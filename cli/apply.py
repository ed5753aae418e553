"""`guildhall apply`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import os
import sys
from pathlib import Path
from typing import Any

import click

from cli.plan import SITE
from tasks import plan, session
from tasks.settings import ROOT


@click.command()
@click.argument("what", nargs=-1, metavar="[DEPLOY]... | PLAN")
@click.option("--limit", multiple=True, metavar="HOST", help="Only this server or group; may be repeated.")
@click.option("--app", default="", metavar="APP", help="Only this program.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--skip-unreachable", is_flag=True, help="Go on without servers that cannot be reached.")
@click.option("--set-back", is_flag=True, help="Even over what was deployed from a commit that is not here.")
def command(
    what: tuple[str, ...], limit: tuple[str, ...], app: str, yes: bool, skip_unreachable: bool, set_back: bool
) -> int:
    """Show the plan, ask, and do it. Without DEPLOY it is deploys/site.py.

    PLAN is a file that `guildhall plan --out` wrote: what it says is done, and if anything has moved since,
    nothing. All servers are connected to before one is changed.

    Exit code 0 if everything ended well or there was nothing to do, 1 if something was refused or failed,
    3 if a server cannot be reached: then nothing was changed, unless --skip-unreachable was said.
    """
    kept = plan.load(Path(what[0])) if len(what) == 1 and not what[0].endswith(".py") else None
    os.chdir(ROOT)
    wish = session.Wish(deploys=what or SITE, limit=limit, app=app)
    if kept and (limit or app):
        raise ValueError(f"{what[0]} says what it is about; leave --limit and --app out")
    if kept:
        wish = session.Wish(deploys=tuple(kept["deploys"]), limit=tuple(kept["limit"]), app=kept["app"])
    decision = Decision(kept, yes=yes, set_back=set_back)
    try:
        made, ended = session.carry_out(wish, decision.agreed, _heard, skip_unreachable=skip_unreachable)
    except session.UnreachableError as error:
        for host, why in error.hosts.items():
            click.echo(f"{host}: NOT REACHED: {why}", err=True)
        click.echo("nothing was changed; --skip-unreachable goes on without", err=True)
        return int(plan.Code.UNREACHABLE)
    if decision.refused:
        return int(plan.Code.REFUSED)
    return _shown(made, ended)


class Decision:
    """Whether a plan is carried out: shown, checked against what was reviewed, and asked for."""

    def __init__(self, kept: dict[str, Any] | None, *, yes: bool, set_back: bool) -> None:
        self.kept, self.yes, self.set_back = kept, yes, set_back
        self.refused = False

    def agreed(self, made: plan.Plan) -> bool:
        for line in plan.text(made):
            click.echo(line)
        if why := self._against(made):
            click.echo(f"REFUSED: {why}; nothing was changed", err=True)
        elif any(host.changes for host in made.hosts):
            why = "" if self.yes or _asked() else "it was not agreed to; nothing was changed"
            click.echo(why, err=True, nl=bool(why))
        else:
            return False
        self.refused = bool(why)
        return not why

    def _against(self, made: plan.Plan) -> str:
        """Why it must not be done; empty if nothing speaks against it."""
        if self.kept is not None and (lines := plan.moved(self.kept, made)):
            for line in lines:
                click.echo(line, err=True)
            return "something has moved since it was planned, as above; plan again"
        ahead = [f"{app} on {host.name}" for host in made.hosts for app in host.ahead]
        if ahead and not self.set_back:
            return (
                f"{', '.join(ahead)} came from a commit that this checkout does not contain: git pull, "
                "or --set-back to undo what somebody else deployed"
            )
        return ""


def _asked() -> bool:
    if not sys.stdin.isatty():
        raise ValueError("nobody is there to be asked; type --yes to go on without a question")
    return click.confirm("Do it?", err=True)


def _heard(line: str) -> None:
    click.echo(line, err=True)


def _shown(made: plan.Plan, ended: list[plan.Outcome]) -> int:
    """A table of how it ended, what went wrong last; and the exit code."""
    for each in sorted(ended, key=lambda each: not each.good):
        seconds = f"{each.seconds} s" if each.seconds is not None else ""
        result = each.result if each.good else click.style(each.result, fg="red")
        row = f"{each.host:16}{each.what:44}{result:10}{seconds:>7}"
        click.echo(f"{row}  {each.detail}".rstrip())
    away = [host.name for host in made.hosts if host.unreachable]
    for name in away:
        click.echo(f"{name:16}NOT REACHED: it is as it was")
    if any(not each.good for each in ended) or made.code == plan.Code.REFUSED:
        return int(plan.Code.REFUSED)
    return int(plan.Code.UNREACHABLE if away else plan.Code.NOTHING)
