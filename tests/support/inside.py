"""The program on the host in this very process, with an engine that is asked without a socket."""

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest

from onhost import engine as engine_
from onhost import main
from onhost.programs import TIMED_OUT, StepError
from tests.support.engine import Answer, Engine
from tests.support.host import World


class Started(NamedTuple):
    """A program that was started."""

    words: str
    limit: float
    what: str
    given: str


@dataclass(frozen=True)
class Inside(World):
    """The host, as the program sees it that is called and not started."""

    engine: Engine = field(default_factory=Engine)
    programs: dict[str, Callable[[list[str]], Answer]] = field(default_factory=dict)
    """What stands in for programs beside Docker's."""
    started: list[Started] = field(default_factory=list)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    """What the engine was asked through its socket."""

    def ran(self, verb: str, text: str = "") -> tuple[int, str]:
        before, mask, hang_up = opened(), os.umask(0o022), signal.getsignal(signal.SIGHUP)
        said = io.TextIOWrapper(io.BytesIO(), newline="\n")
        with contextlib.redirect_stdout(said), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
            code = main.main([verb])
        signal.alarm(0)
        signal.signal(signal.SIGHUP, hang_up)
        os.umask(mask)
        for each in opened() - before:  # locks, which end with a real process
            with contextlib.suppress(OSError):
                os.close(each)
        said.flush()
        return code, said.buffer.getvalue().decode()

    def run(self, *argv: str, limit: float, what: str, given: str = "") -> str:
        """In the place of `Programs.run`."""
        name, *words = argv
        self.started.append(Started(" ".join(argv), limit, what, given))
        code, output = self.engine.client(words) if name == "docker" else self.programs[name](words)
        if code:
            late = f": it did not end within {limit:.0f} s" if code == TIMED_OUT else ""
            raise StepError(f"{what}{late}", output, code)
        return output

    def exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """In the place of the engine's socket, which is a file here: without it nobody answers."""
        if not self.socket.exists():
            raise engine_.EngineError("Docker Engine does not answer on this host (no socket)")
        told = json.loads(body) if body else None
        self.requests.append((method, unquote(path), told))
        status, content = self.engine.answer(method, path, told)
        return status, json.dumps(content).encode()


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def opened() -> set[int]:
    """What this process has open, once the list is read."""
    listed = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - a folder of numbers
    return {each for each in listed if os.path.lexists(f"/proc/self/fd/{each}")}
