"""Other programs, each with a limit: what they print is kept, and what they start does not outlive it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from onhost import engine

TIMED_OUT = 124
"""The exit code of what had to be ended."""
GRACE = 5
"""Seconds that a program has to end once it was told to."""


class StepError(Exception):
    """A step failed: what an operator is told, and what the program printed."""

    def __init__(self, what: str, output: str = "", code: int = 1) -> None:
        super().__init__(what)
        self.what, self.output, self.code = what, output, code


@dataclass
class Programs:
    """Starts programs; `locks` are what each of them holds as long as it runs."""

    locks: Sequence[int] = field(default_factory=tuple)

    def run(self, *argv: str, limit: float, what: str, given: str = "") -> str:
        """What it printed; StepError if it fails, or does not end within so many seconds.

        `given` is its standard input.
        """
        descriptor = os.memfd_create("output")  # with what it says of secrets, it is in no file
        try:
            code = self._ended(argv, descriptor, limit, given)
            output = os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")
        except OSError as error:
            raise StepError(f"{what}: {argv[0]} cannot be started ({error.strerror})") from None
        finally:
            os.close(descriptor)
        if code is None:
            raise StepError(f"{what}: it did not end within {limit:.0f} s", output, TIMED_OUT)
        if code:
            raise StepError(what, output, code)
        return output

    def _ended(self, argv: Sequence[str], output: int, limit: float, given: str) -> int | None:
        """Its exit code; None if it had to be ended."""
        with os.fdopen(os.memfd_create("input"), "r+b") as source:
            source.write(given.encode())
            source.seek(0)
            started = subprocess.Popen(
                argv,
                stdin=source,
                stdout=output,
                stderr=output,
                env=engine.environment(),
                cwd="/",
                pass_fds=self.locks,
                start_new_session=True,
            )
        if _ends(started, limit):
            return started.wait()
        _end(started)
        return None

    def docker(self, *words: str, limit: float, what: str, given: str = "") -> str:
        return self.run("docker", *words, limit=limit, what=what, given=given)


def _ends(started: subprocess.Popen[bytes], limit: float) -> bool:
    """Whether it ends within so many seconds; told at once, where `wait` would look now and then."""
    descriptor = os.pidfd_open(started.pid)
    try:
        return bool(select.select([descriptor], [], [], limit)[0])
    finally:
        os.close(descriptor)


def _end(started: subprocess.Popen[bytes]) -> None:
    """With all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(started.pid, how)
        _ends(started, GRACE)
    started.wait()


def end_marked(mark: str) -> None:
    """Ends what has `NAME=VALUE` in its environment, be it in a container: the end of who asked does not."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in _marked(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        until = time.monotonic() + GRACE
        while _marked(mark) and time.monotonic() < until:
            time.sleep(0.1)


def _marked(mark: str) -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if mark.encode() in _environment(each)]


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []  # it has ended meanwhile
