"""Connections that are tried all at once: what answers, and how."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

OPEN, SILENT = "open", "silent"


class Target(NamedTuple):
    address: str
    protocol: str
    port: int


class Tries:
    """What is under way, and how the rest ended: by who asked, and the answer (`open`, or an error's name).

    That a UDP port answers nothing says nothing: it is silent, whoever listens there.
    """

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, list[Target]]] = defaultdict(lambda: defaultdict(list))
        self._poll = select.epoll()
        self._open: dict[int, tuple[socket.socket, str, Target]] = {}

    def begin(self, who: str, targets: Iterable[Target]) -> None:
        """From the network that this process is in."""
        for target in targets:
            made = _socket(target)
            if code := _begun(made, target):
                self._note(made, who, target, code)
                continue
            self._open[made.fileno()] = (made, who, target)
            self._poll.register(made, select.EPOLLIN if target.protocol == "udp" else select.EPOLLOUT)
        self.hear(0)

    def hear(self, seconds: float) -> None:
        """All answers that come in so many seconds."""
        until = time.monotonic() + seconds
        while self._open:
            found = self._poll.poll(max(0.0, until - time.monotonic()), len(self._open))
            for number, _ in found:
                made, who, target = self._open.pop(number)
                self._note(made, who, target, made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            if not found:
                break

    def give_up(self) -> None:
        """What has not answered by now is silent."""
        for made, who, target in self._open.values():
            made.close()
            self.answers[who][SILENT].append(target)
        self._open.clear()

    def _note(self, made: socket.socket, who: str, target: Target, code: int) -> None:
        made.close()
        self.answers[who][errno.errorcode.get(code, OPEN)].append(target)


def _socket(target: Target) -> socket.socket:
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    kind = socket.SOCK_DGRAM if target.protocol == "udp" else socket.SOCK_STREAM
    return socket.socket(family, kind | socket.SOCK_NONBLOCK)


def _begun(made: socket.socket, target: Target) -> int:
    """The error of a try that is over at once; 0: its answer is still to come."""
    code = made.connect_ex((target.address, target.port))
    if target.protocol == "udp" and not code:
        try:
            made.send(b"")
        except OSError as error:
            return error.errno or errno.EIO
    return 0 if code == errno.EINPROGRESS else code
