"""What runs that change servers said, each in a file of its own below the checkout; no secret is in it."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tasks.settings import ROOT

FOLDER: Final = ROOT / ".guildhall/runs"
KEPT: Final = 50
"""The newest stay."""
UTC: Final = "%Y-%m-%dT%H:%M:%SZ"


@contextmanager
def kept(words: Sequence[str], folder: Path = FOLDER) -> Iterator[Callable[[str], None]]:
    """Gives what writes a line of a run, with its time; of a folder that cannot be written nothing is kept.

    `words`: what was typed.
    """
    now = time.gmtime()
    file = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', now)}-{words[0]}-{os.getpid()}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        yield lambda line: None
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:

        def write(line: str) -> None:
            with suppress(OSError):  # a disk that is full shall not end a deploy
                opened.write(f"{time.strftime(UTC, time.gmtime())} {line}\n")
                opened.flush()

        write(f"guildhall {' '.join(words)}")
        _prune(folder)
        yield write


def _prune(folder: Path) -> None:
    for old in sorted(folder.glob("*.log"))[:-KEPT]:
        old.unlink(missing_ok=True)
