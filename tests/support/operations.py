"""A pyinfra operation without pyinfra's run: what it yields, and what its host is asked and told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from pyinfra.context import ctx_host, ctx_state


@dataclass
class Answer:
    """What a command on the host comes to."""

    succeeded: bool = True
    stdout_lines: list[str] = field(default_factory=list)
    stderr: str = ""


@dataclass(eq=False)
class FakeState:
    """Of a run of this one host, in which nothing was done yet."""

    is_executing: bool = True
    ops: dict[Any, Any] = field(default_factory=dict)
    failed_hosts: tuple[Any, ...] = ()
    config: Any = field(default_factory=lambda: SimpleNamespace(DIFF=False))
    hosts: dict[str, Any] = field(default_factory=dict)
    inventory: Any = None


@dataclass(eq=False)
class FakeHost:
    """A host that has values, one fact, and an answer to every command."""

    data: Any = field(default_factory=SimpleNamespace)
    fact: Any = None
    answers: list[Answer] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    ran: list[tuple[str, Any]] = field(default_factory=list)
    """Each command with its standard input."""
    current_op_global_arguments: dict[str, Any] = field(default_factory=dict)
    """Of the operation: `_sudo` above all."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """What each command was told beside its standard input."""
    current_op_hash: str = "an operation"
    name: str = "tools-prod"
    print_prefix: str = "[tools-prod] "
    state: FakeState = field(default_factory=FakeState)
    asked: list[Any] = field(default_factory=list)
    """What each fact was told on standard input."""

    def __post_init__(self) -> None:
        self.state.hosts[self.name] = self
        self.state.inventory = SimpleNamespace(get_host=self.state.hosts.__getitem__)

    def log(self, message: str, *_: object) -> None:
        self.said.append(message)

    noop = log

    def get_fact(self, *_: object, _stdin: Any = None) -> Any:
        self.asked.append(_stdin)
        return self.fact

    def run_shell_command(
        self, command: object, *, _stdin: Any = None, **told: object
    ) -> tuple[bool, Answer]:
        self.ran.append((str(command), _stdin))
        self.told.append(told)
        answer = self.answers.pop(0)
        return answer.succeeded, answer


@contextmanager
def on(host: FakeHost, *, executing: bool = True) -> Iterator[None]:
    """Operations and what they yield are about this host."""
    host.state.is_executing = executing
    state: Any = host.state
    fake: Any = host
    with ctx_state.use(state), ctx_host.use(fake):
        yield


def commands(operation: Callable[..., Any], **arguments: Any) -> list[Any]:
    """What an operation would have done."""
    return list(operation._inner(**arguments))  # type: ignore[attr-defined]


def done(command: Any, host: FakeHost) -> bool:
    """How a function that an operation yielded ends."""
    return bool(command.function(None, host, *command.args, **command.kwargs))


def changed(host: FakeHost, *, executed: bool = True, good: bool = True) -> None:
    """An operation of the run has ended on this host: it executed something, or had nothing to do."""
    meta = SimpleNamespace(is_complete=lambda: True, executed=executed, did_error=lambda: not good)
    operations = host.state.ops.setdefault(host, {})
    operations[len(operations)] = SimpleNamespace(operation_meta=meta)
