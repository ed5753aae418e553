"""Servers that are far away: what comes to a port of this machine reaches them later, and so do answers.

In the place of the kernel's own netem, which not every kernel has. Both ways are as fast as they were.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress

from lab import layout


@contextmanager
def far(ports: Sequence[int], seconds: float) -> Iterator[dict[int, int]]:
    """Port of a server: the one by which it is so many seconds away, there and back."""
    made: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, dict[int, int]]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_listening(ports, seconds / 2, made)), daemon=True)
    thread.start()
    loop, over, through = made.result()
    try:
        yield through
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


async def _listening(
    ports: Sequence[int],
    delay: float,
    made: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, dict[int, int]]]",
) -> None:
    """Until it is over; connections end with it."""
    over = asyncio.Event()
    through = {port: await _listen(port, delay) for port in ports}
    made.set_result((asyncio.get_running_loop(), over, through))
    await over.wait()


async def _listen(port: int, delay: float) -> int:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * delay)  # of a connection itself
        there, back = await asyncio.open_connection(layout.LOOPBACK, port)
        await asyncio.gather(_late(reader, back, delay), _late(there, writer, delay))

    server = await asyncio.start_server(accept, layout.LOOPBACK, 0)
    return int(server.sockets[0].getsockname()[1])


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """All that comes, in its order, each part of it as late as the others."""
    loop = asyncio.get_running_loop()
    try:
        with suppress(ConnectionResetError):  # who asked has heard enough
            while part := await reader.read(65536):
                loop.call_later(delay, writer.write, part)
        await asyncio.sleep(delay)
    finally:
        writer.close()
