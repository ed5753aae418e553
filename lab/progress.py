"""Live progress: plain lines, also without a terminal and from several threads."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say that `what` starts, and when it is done how many seconds it took."""
    say(f"  {what} …")
    start = time.monotonic()
    yield
    say(f"  {what}: done in {time.monotonic() - start:.1f} s")
