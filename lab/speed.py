"""What runs without changes take, in turn with connecting alone, and beside an equal playbook of Ansible."""

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from lab import distance, layout, many, playbook
from lab.errors import LabError
from lab.progress import say, step

REPEATS: Final = 5
AWAY: Final = 0.05
"""Seconds to a server that is far away, and back."""
ALONE: Final = layout.DIR / "alone"
SITE: Final = ("inventory.py", "deploys/site.py")


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds, seconds of processor time of this machine's own part, and commands a server."""

    seconds: float
    cpu: float = 0.0
    execs: tuple[int, ...] = ()


def measure() -> None:
    """Prints a table; the hosts must be deployed. LabError if a run fails, or changes something."""
    _alone_written()
    with playbook.written() as folder, distance.far([host.ssh for host in layout.HOSTS], AWAY) as ports:
        kinds: dict[str, Callable[[], Cost]] = {
            "alone": lambda: _run(ALONE, "inventory.py", "empty.py"),
            "site": lambda: _run(layout.ROOT, *SITE),
            "alone, away": lambda: _run(ALONE, "inventory.py", "empty.py", ports=ports),
            "site, away": lambda: _run(layout.ROOT, *SITE, ports=ports),
        }
        # By itself: after its two minutes of work the servers' next answer would be slow, whoever asks.
        _say({**_measured(kinds), **_measured({"ansible": lambda: Cost(playbook.run(folder))})})
    with step(f"{many.COUNT} servers that are not there"):
        each = many.measure()
    say(f"  {'processor time a server, of a hundred simulated':50}{each * 1000:8.0f} ms  (aim: below 50 ms)")


def _measured(kinds: Mapping[str, Callable[[], Cost]]) -> dict[str, list[Cost]]:
    """Each in turn, so that whatever else the machine does falls upon all alike; the first is to warm up."""
    found: dict[str, list[Cost]] = {kind: [] for kind in kinds}
    with step(f"{REPEATS} rounds of runs without changes: {', '.join(kinds)}"):
        for turn in range(REPEATS + 1):
            for kind, run in kinds.items():
                cost = run()
                if turn:
                    found[kind].append(cost)
    return found


def _alone_written() -> None:
    """pyinfra's own connecting, and nothing of ours: an inventory of three servers, and an empty deploy."""
    ALONE.mkdir(exist_ok=True)
    hosts = [(host.name, _connection(host)) for host in layout.HOSTS]
    (ALONE / "inventory.py").write_text(f"hosts = {hosts!r}\n")
    (ALONE / "empty.py").write_text("")


def _connection(host: layout.Host) -> dict[str, Any]:
    return {
        "ssh_hostname": layout.LOOPBACK,
        "ssh_port": host.ssh,
        "ssh_user": "root",
        "ssh_key": str(layout.SSH_KEY),
        "ssh_known_hosts_file": str(layout.KNOWN_HOSTS),
    }


def _run(folder: Path, *words: str, ports: Mapping[int, int] | None = None) -> Cost:
    watched = layout.DIR / "watched.json"
    argv = [
        sys.executable,
        "-m",
        "lab.watched",
        str(watched),
        json.dumps(ports or {}),
        "-y",
        "--json",
        *words,
    ]
    began = time.monotonic()
    done = subprocess.run(
        argv, cwd=folder, env={**os.environ, "PYTHONPATH": str(layout.ROOT)}, capture_output=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode or json.loads(done.stdout)["results"]["totals"]["success"]:
        raise LabError(f"`{' '.join(words)}` failed, or changed something: {done.stderr.decode()[-600:]}")
    told = json.loads(watched.read_text())
    return Cost(seconds, told["cpu"], tuple(told["execs"].values()))


def _say(found: Mapping[str, Sequence[Cost]]) -> None:
    say(f"\n== runs without changes, three hosts, medians of {REPEATS}, on {machine()}")
    for line in rows(found):
        say(line)


def rows(found: Mapping[str, Sequence[Cost]]) -> Iterator[str]:
    """The table, a line each."""
    taken = {kind: median(cost.seconds for cost in costs) for kind, costs in found.items()}
    cpu = {kind: median(cost.cpu for cost in costs) for kind, costs in found.items()}
    execs = max(max(cost.execs) for cost in found["site"])
    site, alone, away = taken["site"], taken["alone"], taken["site, away"]
    yield _row("connecting alone: pyinfra, and nothing of ours", alone, f"{cpu['alone']:.2f} s of processor")
    yield _row(
        "site.py", site, f"{site / alone:.2f} x connecting (aim: 1.5); {cpu['site']:.2f} s of processor"
    )
    yield f"  {'commands a server':50}{execs:8}     (aim: at most 4)"
    yield _row("connecting alone, servers 50 ms away", taken["alone, away"])
    yield _row("site.py, servers 50 ms away", away, "(aim: below 2.5 s)")
    yield _row(
        "Ansible: the same files, packages and units",
        taken["ansible"],
        f"{taken['ansible'] / site:.0f} x site.py (aim: 30)",
    )


def machine() -> str:
    """The machine, in words."""
    text = Path("/proc/cpuinfo").read_text()
    name = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    processor = name[1] if name else platform.machine()
    return f"{os.cpu_count()} processors ({processor}), Python {platform.python_version()}"


def _row(what: str, seconds: float, note: str = "") -> str:
    return f"  {what:50}{seconds:8.2f} s   {note}".rstrip()
