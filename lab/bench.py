"""`make bench`: how long runs take, as ratios within one run, since this machine's seconds say little."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Final

from lab import hosts, layout, lifecycle, plain_files, reading, runs, speed, throughput
from lab.errors import LabError
from lab.progress import say, step
from lab.runs import Measured
from tasks.secrets import write_private

REPEATS: Final = 7
LOG: Final = layout.LOG / "bench.log"
EMPTY: Final = layout.DIR / "empty.py"
PLAIN: Final = layout.DIR / "plain_files.py"
UNWALLED: Final = layout.DIR / "unwalled.py"
WITHOUT_FIREWALL: Final = """\
from catalogue import APPS
from tasks import server

server.walled = lambda: None
server.server("all", APPS)
"""
# The identity provider comes first: others wait for it.
ONE_BY_ONE: Final = (layout.AUTHENTIK, layout.MANAGEMENT, layout.TOOLS)


def bench() -> None:
    """Print medians and ratios; the hosts are made anew twice and end deployed. LabError if a run fails."""
    lifecycle.up()
    alone = _each_alone()
    together, work = _all_at_once()
    without_changes = _without_changes()
    fullest = reading.read(layout.TOOLS)
    with step("requests through an edge"):
        through = throughput.measure()
    _say_first(alone, together, work)
    _say_without_changes(without_changes)
    speed.measure()
    _say_reading(fullest)
    _say_throughput(through)


def _each_alone() -> dict[str, float]:
    _bare_hosts()
    return {host.name: _deploy(host.name, "--limit", host.name).seconds for host in ONE_BY_ONE}


def _all_at_once() -> tuple[float, float]:
    """Seconds, and how many of them one processor would have been busy."""
    _bare_hosts()
    before = _worked()
    return _deploy("all hosts at once").seconds, _worked() - before


def _worked() -> float:
    """Seconds that the processors have worked since the machine started: all in /proc/stat but waiting."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    return sum((user, nice, system, *interrupts)) / os.sysconf("SC_CLK_TCK")


def _bare_hosts() -> None:
    with step("bare hosts"), ThreadPoolExecutor(len(layout.HOSTS)) as pool:
        list(pool.map(hosts.fresh, (host.name for host in layout.HOSTS)))


def _deploy(what: str, *options: str) -> Measured:
    with step(f"first deploy of {what}"):
        return _run("deploys/site.py", *options)


def _without_changes() -> Mapping[str, list[Measured]]:
    EMPTY.write_text("")
    UNWALLED.write_text(WITHOUT_FIREWALL)
    write_private(PLAIN, plain_files.deploy_file())
    try:
        site = {"site": "deploys/site.py", "unwalled": str(UNWALLED)}
        return _measured({"connecting": str(EMPTY), **site, "plain": str(PLAIN)})
    finally:
        PLAIN.unlink()


def _measured(kinds: Mapping[str, str]) -> Mapping[str, list[Measured]]:
    """Each kind of run in turn, so that whatever else the machine does falls upon all alike."""
    measured: dict[str, list[Measured]] = {kind: [] for kind in kinds}
    with step(f"{REPEATS} rounds of runs without changes"):
        for _ in range(REPEATS):
            for kind, file in kinds.items():
                measured[kind].append(_unchanged(_run(file)))
    return measured


def _run(*words: str) -> Measured:
    run = runs.pyinfra(*words, log=LOG)
    if run.code:
        raise LabError(f"`pyinfra inventory.py {' '.join(words)}` failed; what it said is in {LOG}")
    return run


def _unchanged(run: Measured) -> Measured:
    if run.changed:
        raise LabError(f"a run that should change nothing changed {', '.join(run.changed)}; see {LOG}")
    return run


def _say_first(alone: Mapping[str, float], together: float, work: float) -> None:
    slowest, total = max(alone, key=lambda name: alone[name]), sum(alone.values())
    processors = os.cpu_count() or 1
    say("\n== first deploy, from bare Debian (here the hosts share one machine's processors and network)")
    _row("three hosts at once", together)
    _row(
        f"the slowest of them alone ({slowest})",
        alone[slowest],
        f"at once = {together / alone[slowest]:.2f} x",
    )
    _row(
        f"what {processors} processors need for it at least",
        work / processors,
        f"at once = {together / work * processors:.2f} x",
    )
    _row("the three alone, one after the other", total, f"at once = {together / total:.2f} x")


def _say_without_changes(measured: Mapping[str, list[Measured]]) -> None:
    connecting, site, plain = (_median(measured[kind]) for kind in ("connecting", "site", "plain"))
    added = median(
        one.seconds - other.seconds for one, other in zip(measured["site"], measured["unwalled"], strict=True)
    )
    files = sum(operation["hosts"] for operation in measured["plain"][0].operations)
    say(f"\n== runs without changes, three hosts, medians of {REPEATS}, in turn")
    _row("connecting only (an empty deploy)", connecting)
    _row("site.py", site, f"{site / connecting:.2f} x connecting (aim: at most 2)")
    _row("of it, the firewall", added, "(aim: below 0.1 s)")
    _row(
        f"its {files} files by files.put",
        plain,
        f"{plain / connecting:.2f} x connecting, {plain / site:.2f} x site.py",
    )


def _say_reading(found: reading.Reading) -> None:
    say(f"\n== one exec on {layout.TOOLS.name}, over a connection that is open, medians of {reading.REPEATS}")
    _row("a command that does nothing", found.empty_seconds)
    times = f"{found.seconds / found.empty_seconds:.1f} x that"
    _row(f"reading its {found.apps} apps", found.seconds, f"{times} (aim: 150 ms with 20 apps)")


def _say_throughput(found: throughput.Throughput) -> None:
    say(f"\n== {throughput.REQUESTS} requests through an edge, medians of {throughput.REPEATS}, in turn")
    _row("without the firewall's rules", found.without)
    _row("with them", found.with_rules, f"{found.ratio:.2f} x that (aim: at most 1.05)")


def _median(measured: Iterable[Measured]) -> float:
    return median(run.seconds for run in measured)


def _row(what: str, seconds: float, note: str = "") -> None:
    say(f"  {what:50}{seconds:8.2f} s   {note}".rstrip())
