"""pyinfra runs against the lab, as an operator starts them: heard line by line, timed, and logged whole."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from lab import engine, layout

PYINFRA: Final = Path(sys.executable).with_name("pyinfra")
INSPECT: Final = "docker ps -aq | xargs -r docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}'"
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How a run ended; `operations` are those of pyinfra's own account, none if it came to no end."""

    code: int
    seconds: float
    operations: tuple[Mapping[str, Any], ...]

    @property
    def changed(self) -> list[str]:
        """Names of the operations that changed something on some host."""
        return [operation["name"] for operation in self.operations if operation["success"]]


def pyinfra(*words: str, log: Path, hear: Callable[[str], None] = lambda line: None) -> Measured:
    """Run pyinfra without a question asked; each line that it says goes to the log and to `hear`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as answer, log.open("w") as kept:
        argv = [str(PYINFRA), "-y", "--json", "inventory.py", *words]
        running = subprocess.Popen(
            argv, cwd=layout.ROOT, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.PIPE, text=True
        )
        _listen(running, kept, hear)
        code, seconds = running.wait(), time.monotonic() - began
        answer.seek(0)
        return Measured(code=code, seconds=seconds, operations=_operations(answer.read()))


def containers() -> dict[str, list[str]]:
    """By host: name, id and start time of each container, whatever its state."""
    outer = engine.connect()
    return {
        host.name: sorted(outer.docker("exec", host.name, "sh", "-c", INSPECT).splitlines())
        for host in layout.HOSTS
    }


def _listen(running: "subprocess.Popen[str]", kept: TextIO, hear: Callable[[str], None]) -> None:
    for line in running.stderr or ():
        plain = COLOUR.sub("", line).rstrip("\n")
        kept.write(f"{plain}\n")
        kept.flush()
        hear(plain)


def _operations(answer: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(json.loads(answer)["results"]["operations"]) if answer else ()
