"""The pictures of the documents: commands as they ran on the lab's hosts, seen in a terminal."""

import fcntl
import getpass
import os
import re
import secrets
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lab import engine, layout, lifecycle
from lab.errors import LabError
from lab.progress import step
from lab.terminal import Screen, picture

FOLDER: Final = layout.ROOT / "docs/pictures"
GUILDHALL: Final = Path(sys.executable).with_name("guildhall")
HOST: Final = layout.TOOLS.name
MOVED: Final = (
    "docker stop node-exporter-node-exporter-1",
    "echo '# by hand' >>/etc/systemd/journald.conf.d/guildhall.conf",
)
"""What somebody did to a host."""
SECRET: Final = ("outline", "UTILS_SECRET")
"""What is another one meanwhile: app and name."""
STEP: Final = re.compile(r" up +\d")
"""A row of the table while an app is brought up: then is when a run is seen at work."""


def pictures() -> None:
    """Writes them anew; LabError if a command did not end as it should."""
    lifecycle.up()
    with step("deploy"):
        _seen("apply", "--yes", code=0)
    _moved()
    for name, code, words in (
        ("status", 1, ("status", "--limit", HOST)),
        ("plan", 2, ("plan", "--limit", HOST)),
        ("apply", 0, ("apply", "--limit", HOST, "--yes")),
    ):
        with step(name):
            last, at_work = _seen(*words, code=code)
            shown = at_work if name == "apply" and at_work else last
            file = FOLDER / f"{name}.svg"
            file.parent.mkdir(exist_ok=True)
            file.write_text(picture(shown, f"guildhall {' '.join(words)}"))


def _moved() -> None:
    outer = engine.connect()
    for command in MOVED:
        outer.docker("exec", HOST, "sh", "-c", command)
    words = [str(GUILDHALL), "secrets", "set", *SECRET, "--replace"]
    subprocess.run(
        words, cwd=layout.ROOT, input=secrets.token_hex(32), text=True, check=True, capture_output=True
    )


def _seen(*words: str, code: int) -> tuple[Screen, Screen | None]:
    """What is to be seen once a command has ended, and what was while it was at work."""
    last = Screen()
    kept: list[Screen] = []

    def hear(text: str) -> None:
        last.write(text)
        if STEP.search(last.text) and not kept:
            kept.append(_copy(last))

    ended = _on_a_terminal([str(GUILDHALL), *words], last.width, hear)
    if ended != code:
        raise LabError(f"guildhall {' '.join(words)} ended with {ended}, and not {code}:\n{last.text}")
    return last, kept[0] if kept else None


def _copy(screen: Screen) -> Screen:
    return Screen(screen.width, [[*line] for line in screen.lines])


def _on_a_terminal(argv: list[str], width: int, hear: Callable[[str], None]) -> int:
    """Its exit code; `hear` is told what it writes as it does, without who is at work here."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(width)}
    started = subprocess.Popen(argv, cwd=layout.ROOT, env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    me = f"{getpass.getuser()}@{socket.gethostname()}"
    with os.fdopen(ours, "r", newline="", encoding="utf-8", errors="replace") as said:
        try:
            for line in said:
                hear(line.replace(me, "anna@laptop"))
        except OSError:  # how Linux says that nobody holds the other end any more
            return started.wait()
    return started.wait()
