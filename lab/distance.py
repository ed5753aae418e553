"""Servers that are far away: what comes to a port of this machine reaches them later, and so do answers.

In the place of the kernel's own netem, which not every kernel has. Both ways are as fast as they were.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lab import layout


@contextmanager
def far(ports: Sequence[int], seconds: float) -> Iterator[dict[int, int]]:
    """Port of a server: the one by which it is so many seconds away, there and back."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        made = asyncio.run_coroutine_threadsafe(_listening(ports, seconds / 2), loop)
        yield made.result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _listening(ports: Sequence[int], delay: float) -> dict[int, int]:
    return {port: await _listen(port, delay) for port in ports}


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
    while part := await reader.read(65536):
        loop.call_later(delay, writer.write, part)
    await asyncio.sleep(delay)
    writer.close()
