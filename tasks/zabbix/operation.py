"""Brings what Zabbix keeps in its database to what the records say, from its own host and by its API.

The API is asked inside its container, before it has a name or a certificate, and by whoever reaches the host
anyway: `zabbix_utils` speaks HTTP from where it runs. Passwords travel on standard input only.
"""

import json
import shlex
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from paramiko import SSHException
from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand, deploy, operation

from catalogue.model import App, Site
from tasks import program
from tasks.privileges import privileges
from tasks.secrets import Sensitive
from tasks.settings import ROOT
from tasks.zabbix.kinds import QUESTIONS
from tasks.zabbix.state import ABSENT, Difference, Found, calls, differences, said, told
from tasks.zabbix.wanted import Thing, wanted

PROGRAM: Final = ROOT / "files/zabbix-api/ask.py"
WAIT_SECONDS: Final = 90
"""So long may a Zabbix that was just started take until it lets us in."""
ROUNDS: Final = 5
"""Of calls: an object that others name is made a round before them."""


@dataclass(frozen=True)
class _Asked:
    """What a host is being asked."""

    app: str
    since: program.Moment
    answer: Future[Found]


_ASKED: Final[WeakKeyDictionary[State, dict[str, _Asked]]] = WeakKeyDictionary()
"""By host, in each run."""


def ask(apps: Sequence[App]) -> None:
    """Begins to look, while others are at work; `converge` takes the answer."""
    for app in apps:
        since, pool = program.moment(host), ThreadPoolExecutor(1)
        asked = _Asked(app.name, since, pool.submit(_asking(host, app)))
        pool.shutdown(wait=False)
        _ASKED.setdefault(host.state, {})[host.name] = asked


@deploy("Zabbix")
def converge(
    here: Sequence[App], apps: Sequence[App], site: Site, secrets: Mapping[str, Mapping[str, Sensitive]]
) -> None:
    """Each of the apps `here` that is a Zabbix has the hosts, pages, mails and logins of the catalogue."""
    converged(
        name="zabbix: hosts, pages, mails, logins",
        here=[(app, wanted(app, apps, site, secrets[app.name])) for app in here],
    )


@operation()
def converged(here: Sequence[tuple[App, Sequence[Thing]]]) -> Generator[FunctionCommand]:
    """One exec looks at everything; others run only if something differs."""
    for app, things in here:
        found = _found(app)
        if found.problem and (host.state.is_executing or found.problem != ABSENT):
            logger.error(f"{host.print_prefix}{app.name}: cannot be asked: {found.problem}")
            if host.state.is_executing:
                yield FunctionCommand(_failed, (), {})
        elif found.problem:
            host.log(f"{app.name}: its hosts, pages, mails and logins are looked at once it runs")
            yield FunctionCommand(_failed, (), {})
        elif differing := differences(things, found):
            for line in said(differing):
                host.log(f"{app.name}: {line}")
            yield FunctionCommand(_apply, (app, Things(things), found), {})


class Things(tuple[Thing, ...]):
    """Prints as a number: pyinfra shows a command's arguments at its highest verbosity."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{len(self)} things"


def _failed(state: State, host: Host) -> bool:
    return False


def _apply(state: State, host: Host, app: App, things: Sequence[Thing], found: Found) -> bool:
    """Round after round until nothing differs, no call can be made, or one is refused."""
    for _ in range(ROUNDS):
        differing = differences(things, found)
        now = calls(differing, found)
        if not now:
            break
        found = _asking(host, app, [call for _, call in now])()
        if problems := [found.problem] if found.problem else _refused(now, found):
            for line in problems:
                logger.error(f"{host.print_prefix}{app.name}: {line}")
            return False
    for line in said(differing):
        logger.error(f"{host.print_prefix}{app.name}: {line}, whatever is done")
    return not differing


def _refused(made: Sequence[tuple[Difference, list[Any]]], found: Found) -> list[str]:
    """Calls that were, each by what it was about."""
    return [
        f"{call[0]} of {difference.label} is refused: {error}"
        for (difference, call), error in zip(made, found.errors, strict=True)
        if error
    ]


def _found(app: App) -> Found:
    """What is there now, asked for before or only now."""
    asked = _ASKED.get(host.state, {}).get(host.name)
    if asked and asked.app == app.name and program.fresh(host, asked.since):
        return asked.answer.result()
    return _asking(host, app, wait=WAIT_SECONDS if host.state.is_executing else 0)()


def look(host: Host, app: App) -> Found:
    """What is there now; nothing is changed."""
    return _asking(host, app)()


def question(app: App) -> str:
    """The command by which the host is asked; the same for each run, and without a secret."""
    route = app.routes[0]
    words = [app.name, route.service, str(route.port), json.dumps(QUESTIONS)]
    asks = shlex.join(["python3", "-I", "-S", "-c", PROGRAM.read_text(), *words])
    return f"command -v docker >/dev/null && command -v python3 >/dev/null || exit 0; exec {asks}"


def _asking(host: Host, app: App, made: Sequence[list[Any]] = (), wait: int = 0) -> Callable[[], Found]:
    """What makes these calls, if any, and asks, wherever it is called."""
    # Who calls it may be at work on another host, or on none.
    this = host.state.inventory.get_host(host.name)
    given = json.dumps({"wait": wait, "calls": made}) if made or wait else ""
    asked = partial(
        this.run_shell_command,
        StringCommand(question(app)),
        print_output=False,
        print_input=False,
        **privileges(host),
        _stdin=given,
    )

    def run() -> Found:
        try:
            succeeded, output = asked()
        except (OSError, SSHException) as error:
            return Found(problem=f"the connection broke ({error})")
        return told(output.stdout_lines) if succeeded else Found(problem=output.stderr)

    return run
