"""pyinfra's own dry run of deploys, heard by a program: the same inventory, checks and operations."""

import io
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import click
import pyinfra_cli.cli
from pyinfra import context, logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra_cli.exceptions import UnexpectedExternalError, UnexpectedInternalError

from tasks import run
from tasks.plan.collect import plan
from tasks.plan.model import Plan


@dataclass
class Heard:
    """What the operations of a run said, in their order; a handler of pyinfra's log fills it."""

    info: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Host and operation (its hash; empty outside of one): what it said of its work."""
    wrong: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """The same: its warnings and errors."""


class _Ear(logging.Handler):
    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        host = _current(context.ctx_host)
        text = click.unstyle(record.getMessage())
        name, _, rest = text.partition("] ")
        if text.startswith("[") and rest:
            of, text = name.removeprefix("["), rest.strip()
        elif host:
            of = host.name
        else:
            return
        key = (of, (host.current_op_hash if host else None) or "")
        kind = self.heard.wrong if record.levelno >= logging.WARNING else self.heard.info
        kind[key].append(text)


def prepare(deploys: Sequence[str], limit: Sequence[str] = (), app: str = "", *, diff: bool = False) -> Plan:
    """What these deploy files would do; ValueError and pyinfra's errors say what is wrong with the input.

    Contacts the hosts, and changes nothing.
    """
    words = ["--dry", "--json", *(["--diff"] if diff else [])]
    for pattern in limit:
        words += ["--limit", pattern]
    if app:
        words += ["--data", f"app={app}"]
    heard = Heard()
    with _listening(heard), redirect_stdout(io.StringIO()):
        _run([*words, "inventory.py", *deploys])
    state = _current(context.ctx_state)
    return plan(run.current(), state, heard.info, heard.wrong, tuple(deploys))


def _run(words: list[str]) -> None:
    """One run of pyinfra's command line, up to its end; a host that fails is no end of it."""
    try:
        pyinfra_cli.cli.cli.main(words, prog_name="pyinfra", standalone_mode=False)
    except SystemExit as end:
        if end.code not in (0, 1):
            raise
    except (UnexpectedExternalError, UnexpectedInternalError) as error:
        raise error.exception from None
    except (PyinfraError, click.ClickException) as error:
        if not _all_failed(_current(context.ctx_state)):
            raise ValueError(click.unstyle(str(error))) from None


def _all_failed(state: Any) -> bool:
    """No host is left: each has said why, and there is a plan of that."""
    return bool(state and state.initialised and state.failed_hosts and not state.active_hosts)


def _current(of: Any) -> Any:
    """What pyinfra works on at the moment; None where there is nothing yet."""
    return of.get() if of.isset() else None


@contextmanager
def _listening(heard: Heard) -> Iterator[None]:
    """pyinfra's log goes to our ear, and not to the terminal."""
    before = pyinfra_cli.cli.setup_logging
    ear = _Ear(heard)

    def quiet(level: int, other: int | None = None) -> None:
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(ear)

    pyinfra_cli.cli.setup_logging = quiet
    try:
        yield
    finally:
        pyinfra_cli.cli.setup_logging = before
        logger.removeHandler(ear)
