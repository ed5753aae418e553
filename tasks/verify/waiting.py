"""What is said while a host is waited for: a silent run looks like one that hangs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

EVERY_SECONDS: Final = 10


@contextmanager
def told(say: Callable[[str], None], every: float = EVERY_SECONDS) -> Iterator[Callable[[str], None]]:
    """Says every so many seconds what is waited for: the last that the function it gives was told."""
    waits, over, began = ["for answers"], Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(every):
            say(f"waits {waits[-1]}, since {time.monotonic() - began:.0f} s")

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield waits.append
    finally:
        over.set()
        teller.join()
