"""What is said of a deploy, and what of it is kept."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from pathlib import Path

from onhost.redaction import plain, redacted, secrets, shown


class Voice:
    """Says what happens to one app; what a program printed only without its secrets."""

    def __init__(self, app: str) -> None:
        self.app = app
        self.values: set[str] = set()

    def knows(self, *environments: Path) -> None:
        """The secrets of these files are never said."""
        for each in environments:
            self.values.update(secrets(each))

    def say(self, text: str) -> None:
        spoken(f"{self.app}: {redacted(plain(text), self.values)}")

    def show(self, output: str) -> None:
        for line in shown(output, self.values):
            spoken(f"    {line}")


def spoken(line: str) -> None:
    """Whoever listens may be gone: the work goes on."""
    try:
        print(line, flush=True)
    except OSError:
        with contextlib.suppress(OSError):
            sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for the rest of the run


def record(log: Path, entry: dict[str, object]) -> None:
    """Appends to the record of deploys, a whole line or nothing; OSError."""
    log.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    line = json.dumps(
        {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **entry}, separators=(",", ":")
    )
    # Nobody is waited for, should it be a pipe.
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600)
    try:
        before = os.fstat(descriptor).st_size
        text = f"{line}\n".encode()
        if os.write(descriptor, text) < len(text):
            os.ftruncate(descriptor, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
