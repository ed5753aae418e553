"""pyinfra's own runs of deploys, led by a program: the same inventory, checks and operations."""

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click
import pyinfra_cli.cli
from pyinfra import context, logger
from pyinfra.api import State
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operations import run_ops
from pyinfra.api.output import set_echo
from pyinfra.api.state import StateStage
from pyinfra_cli.exceptions import UnexpectedExternalError, UnexpectedInternalError

from tasks import dns, run
from tasks.last_lines import last_lines
from tasks.plan import (
    Ear,
    Outcome,
    Plan,
    Said,
    Standing,
    Steps,
    UnreachableError,
    Wish,
    collected,
    has_not,
    names,
    outcomes,
    sick,
    standings,
    with_missing,
    worked_on,
)
from tasks.stacks import Noted, Stack


def prepare(wish: Wish) -> Plan:
    """What a run would do; ValueError says what is wrong with the input.

    Contacts the hosts, and changes nothing.
    """
    heard, found = Said(), list[Plan]()
    _run(["--dry", *wish.words], heard, lambda state: found.append(_plan(wish, state, heard)))
    return found[0] if found else _plan(wish, worked_on(context.ctx_state), heard)


def look(wish: Wish) -> tuple[Plan, list[Standing]]:
    """What runs on the hosts of a run, and what it would do; as `prepare`."""
    made, noted = prepare(wish), _noted()
    return made, [
        _with_last_lines(each, noted[host.name].found.stack(each.app))
        for host in made.hosts
        for each in standings(host, noted[host.name].found)
    ]


def _with_last_lines(standing: Standing, stack: Stack) -> Standing:
    """One exec for each app that is ill, and none on a site that is well."""
    this, services = run.current(), sick(stack)
    known = {app.name: app for app in this.apps}
    if not services or standing.app not in known:
        return standing
    host = worked_on(context.ctx_state).inventory.get_host(standing.host)
    values = [each.reveal() for each in this.secrets.get(standing.app, {}).values()]
    return replace(standing, last_lines=last_lines(host, known[standing.app], services, values))


def carry_out(
    wish: Wish, agreed: Callable[[Plan], bool], hear: Callable[[str], None], *, skip_unreachable: bool
) -> tuple[Plan, list[Outcome]]:
    """Connects to every host, plans, and does what was planned if it is agreed to.

    `hear` is told each line of the work. UnreachableError, before anything was changed, if a host is away
    and is not to be skipped; ValueError for bad input.
    """
    heard, plans, ended = Said(), list[Plan](), list[Outcome]()

    def decide(state: State) -> None:
        made = _plan(wish, state, heard)
        plans.append(made)
        if agreed(made):
            ended.extend(_executed(made, state, heard, hear))

    def connected(state: State) -> None:
        try:
            connect(state)
        except PyinfraError:  # no host is left
            if skip_unreachable or not state.failed_hosts:
                raise
        if state.failed_hosts and not skip_unreachable:
            away = _plan(wish, state, heard).hosts
            raise UnreachableError({host.name: host.unreachable for host in away if host.unreachable})

    connect = pyinfra_cli.cli.connect_all
    with _in_its_place(connect_all=connected):
        _run(wish.words, heard, decide, hear)
    return plans[0] if plans else _plan(wish, worked_on(context.ctx_state), heard), ended


def _plan(wish: Wish, state: State, heard: Said) -> Plan:
    this = run.current()
    plan = Plan(
        environment=this.site.environment,
        commit=this.deployment.commit,
        deploys=wish.deploys,
        limit=wish.limit,
        app=wish.app,
    )
    made = collected(plan, this.apps, _noted(), state, heard)
    if wish.outside:
        made = with_missing(made, has_not)
    if wish.outside and not (wish.limit or wish.app):
        made = replace(made, dns=tuple(names(this.apps, this.site, dns.Zones)))
    return made


def _noted() -> dict[str, Noted]:
    """Host: what is known of its stacks."""
    notes = run.current().notes
    return defaultdict(Noted, {name: each.stacks for name, each in notes.items()})


def _executed(made: Plan, state: State, heard: Said, hear: Callable[[str], None]) -> list[Outcome]:
    """Runs the operations; a host that fails is an outcome."""
    heard.wrong.clear()
    state.set_stage(StateStage.Execute)
    set_echo(lambda line, **_: hear(click.unstyle(line)))
    state.add_callback_handler(Steps(heard, hear))  # type: ignore[no-untyped-call]
    try:
        run_ops(state)
    except PyinfraError:
        if not _all_failed(state):
            raise
    return outcomes(made, _noted(), state, heard)


def _run(
    words: list[str],
    heard: Said,
    planned: Callable[[State], None],
    hear: Callable[[str], None] = lambda line: None,
) -> None:
    """One run of pyinfra's command line, up to its plan; from there on `planned` leads it."""

    def led(state: State) -> None:
        planned(state)
        raise SystemExit(0)

    try:
        with _listening(heard, hear), _in_its_place(print_meta=led, _set_fail_prompts=lambda *_: None):
            pyinfra_cli.cli.cli.main(words, prog_name="pyinfra", standalone_mode=False)
    except SystemExit as end:
        if end.code:
            raise
    except (UnexpectedExternalError, UnexpectedInternalError) as error:
        raise error.exception from None
    except (PyinfraError, click.ClickException) as error:
        if not _all_failed(worked_on(context.ctx_state)):
            raise ValueError(click.unstyle(str(error))) from None


def _all_failed(state: Any) -> bool:
    """No host is left: each has said why, and there is a plan of that."""
    return bool(state and state.initialised and state.failed_hosts and not state.active_hosts)


@contextmanager
def _listening(heard: Said, hear: Callable[[str], None]) -> Iterator[None]:
    """pyinfra's log goes to our ear, and not to the terminal."""
    ear = Ear(heard, hear)

    def quiet(level: int, other: int | None = None) -> None:
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(ear)

    os.environ["PYINFRA_PROGRESS"] = "off"
    try:
        with _in_its_place(setup_logging=quiet):
            yield
    finally:
        logger.removeHandler(ear)


@contextmanager
def _in_its_place(**parts: Callable[..., None]) -> Iterator[None]:
    """Parts of pyinfra's command line are ours meanwhile; it has no hook for them."""
    before = {name: getattr(pyinfra_cli.cli, name) for name in parts}
    for name, part in parts.items():
        setattr(pyinfra_cli.cli, name, part)
    try:
        yield
    finally:
        for name, part in before.items():
            setattr(pyinfra_cli.cli, name, part)
