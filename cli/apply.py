"""`guildhall apply`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import os
import sys
from pathlib import Path

import click

from cli.live import Live
from cli.plan import SITE
from tasks import plan, run_log, session
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
    wish = plan.wished(what or SITE, limit, app, kept)
    with run_log.kept(["apply", *sys.argv[2:]]) as keep, Live(keep) as live:
        decision = plan.Decision(kept, live.say, live.complain, lambda: yes or _asked(), set_back=set_back)
        try:
            return _carried_out(wish, decision, live, skip_unreachable=skip_unreachable)
        except plan.UnreachableError as error:
            live.complain(str(error))
            return int(plan.Code.UNREACHABLE)
        except (click.Abort, KeyboardInterrupt):
            live.stopped()
            return int(plan.Code.REFUSED)


def _carried_out(wish: plan.Wish, decision: plan.Decision, live: Live, *, skip_unreachable: bool) -> int:
    def agreed(made: plan.Plan) -> bool:
        return decision.agreed(made) and live.begin(made)

    made, ended = session.carry_out(wish, agreed, live.hear, skip_unreachable=skip_unreachable)
    live.end()
    for line in plan.told(made, ended):
        live.say(line)
    return int(plan.Code.REFUSED if decision.refused else plan.code(made, ended))


def _asked() -> bool:
    if not sys.stdin.isatty():
        raise ValueError("nobody is there to be asked; type --yes to go on without a question")
    return click.confirm("Do it?", err=True)
