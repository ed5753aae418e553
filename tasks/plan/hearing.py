"""What pyinfra says while it plans and works, by host and operation."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import click
from pyinfra import context
from pyinfra.api import Host, State
from pyinfra.api.state import BaseStateCallback

from tasks.plan.collect import Said


def worked_on(of: Any) -> Any:
    """What pyinfra works on at the moment, a host or a state; None where there is nothing yet."""
    return of.get() if of.isset() else None


QUIET: Final = ("Success", "No changes", "Skipped")
"""What pyinfra says of each operation, whether or not it has anything to do."""


class Ear(logging.Handler):
    """Takes what pyinfra says of a host; what it says of the run itself nobody needs."""

    def __init__(self, heard: Said, hear: Callable[[str], None]) -> None:
        super().__init__()
        self.heard, self.hear = heard, hear

    def emit(self, record: logging.LogRecord) -> None:
        host = worked_on(context.ctx_host)
        text = click.unstyle(record.getMessage())
        name, closed, rest = text.partition("] ")
        if not (host or (closed and text.startswith("["))) or rest.strip() in QUIET:
            return
        self.hear(text)
        of, text = (name.removeprefix("["), rest.strip()) if closed else (host.name, text)
        kind = self.heard.wrong if record.levelno >= logging.WARNING else self.heard.info
        kind[of, (host.current_op_hash if host else None) or ""].append(text)


class Steps(BaseStateCallback):
    """Says of each operation that changes a host when it begins and how it ends."""

    def __init__(self, heard: Said, hear: Callable[[str], None]) -> None:
        self.heard, self.hear, self.began = heard, hear, dict[tuple[str, str], float]()

    # Of its base they are static; pyinfra calls them as it finds them.
    def operation_host_start(self, state: State, host: Host, op_hash: str) -> None:  # type: ignore[override]
        self.began[host.name, op_hash] = time.monotonic()
        self._say(state, host, op_hash, "changes")

    def operation_host_success(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0
    ) -> None:
        self._end(state, host, op_hash, "done")

    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        self._end(state, host, op_hash, "FAILED")

    def _end(self, state: State, host: Host, op_hash: str, how: str) -> None:
        self.heard.took[host.name, op_hash] = time.monotonic() - self.began[host.name, op_hash]
        self._say(state, host, op_hash, how)

    def _say(self, state: State, host: Host, op_hash: str, how: str) -> None:
        name = min(state.op_meta[op_hash].names)
        own = state.ops[host].get(op_hash)
        if own and own.operation_meta._maybe_is_change:
            self.hear(f"[{host.name}] {name}: {how}")
