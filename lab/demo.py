"""`make demo`: the whole job on three throwaway hosts, with proof that it held."""

import re
import runpy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from catalogue import APPS, views
from lab import engine, images, layout, lifecycle, runs
from lab.errors import LabError
from lab.progress import say
from lab.runs import Measured
from tasks import settings

STAMP: Final = "%Y%m%d-%H%M%S"
SAID_BY_HOST: Final = re.compile(r"\[([\w-]+)\] +(.*)")  # by its own programs; what pyinfra says is indented
STEP: Final = re.compile(r"\S+: \w+")  # what it begins; how it ended takes more words
DONE: Final = re.compile(r" +\[([\w-]+)\] +Success.*")
TROUBLE: Final = re.compile(r"error|exception|refused|failed|warning", re.IGNORECASE)
OPERATION: Final = "--> Starting operation: "


def demo() -> None:
    """Set up, deploy, deploy again, verify, say what there is to see; LabError if anything did not hold."""
    seconds: dict[str, float] = {}
    log = layout.LOG / f"demo-{time.strftime(STAMP)}"
    with _part("lab", seconds):
        lifecycle.up()
    with _part("deploy", seconds):
        _deploy(Path(f"{log}-deploy.log"))
    with _part("second deploy", seconds):
        _deploy_again(Path(f"{log}-second.log"))
    with _part("verify", seconds):
        _verify(Path(f"{log}-verify.log"))
    _programs()
    _addresses()
    _memory()
    _times(seconds, log)


@contextmanager
def _part(name: str, seconds: dict[str, float]) -> Iterator[None]:
    say(f"\n== {name}")
    began = time.monotonic()
    yield
    seconds[name] = time.monotonic() - began


def _deploy(log: Path) -> None:
    run = _good(runs.pyinfra("deploys/site.py", log=log, hear=_Progress()), log)
    if not run.changed:
        say("the site was deployed already; nothing changed")


def _deploy_again(log: Path) -> None:
    """The proof that a deploy of what is there already does nothing."""
    before = runs.containers()
    run = _good(runs.pyinfra("deploys/site.py", log=log), log)
    if run.changed:
        raise LabError(f"the second deploy changed something: {', '.join(run.changed)}; see {_short(log)}")
    if runs.containers() != before:
        raise LabError(f"the second deploy restarted a container; see {_short(log)}")
    count = sum(map(len, before.values()))
    say(f"nothing changed: {len(run.operations)} operations with nothing to do, {count} containers untouched")


def _verify(log: Path) -> None:
    _good(runs.pyinfra("deploys/verify.py", log=log, hear=_Table()), log)


def _good(run: Measured, log: Path) -> Measured:
    if run.code or not run.operations:
        raise LabError(f"pyinfra ended with exit code {run.code}; all that it said is in {_short(log)}")
    return run


class _Progress:
    """Says, of a deploy's many lines, who has done what, and all that went wrong."""

    def __init__(self) -> None:
        self.operation = ""

    def __call__(self, line: str) -> None:
        if line.startswith(OPERATION):
            self.operation = line.removeprefix(OPERATION).strip()
        elif said := SAID_BY_HOST.match(line):
            if not STEP.fullmatch(said[2]):
                say(f"  {said[1]:16}{said[2]}")
        elif done := DONE.match(line):
            say(f"  {done[1]:16}{self.operation}")
        elif TROUBLE.search(line):
            say(f"  {line.strip()}")


class _Table:
    """Says the rows of verify's table and all that went wrong."""

    def __init__(self) -> None:
        self.inside = False

    def __call__(self, line: str) -> None:
        self.inside = bool(line.strip()) and (self.inside or line.split()[:2] == ["host", "check"])
        if self.inside or TROUBLE.search(line):
            say(line.removeprefix("    "))


def _programs() -> None:
    say("\n== programs")
    for made in images.ensure_images(engine.connect(), images.wanted()):
        say(f"  {made}")


def _addresses() -> None:
    say("\n== addresses: curl --cacert .lab/ca.pem --connect-to ::SERVER ADDRESS")
    domains = runpy.run_path(str(layout.ROOT / "group_data/lab.py"))["domains"]
    untried = settings.untried(settings.load())
    for app in views.present(views.without(APPS, untried)):
        for name in dict.fromkeys(views.full_name(route, domains) for route in app.routes):
            say(f"  {f'{layout.LOOPBACK}:{_host(name).https}':17}{f'https://{name}/':30}{app.purpose}")


def _host(name: str) -> layout.Host:
    """The host that the lab's DNS says a name is: the longest domain above it wins."""
    domain = max((each for each in layout.DOMAINS if f".{name}".endswith(f".{each}")), key=len)
    return next(host for host in layout.HOSTS if host.address == layout.DOMAINS[domain])


def _memory() -> None:
    """What each host and the cloud use, less the files that the kernel only remembers for them."""
    shown = engine.connect().docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}")
    say("\n== memory")
    for line in shown.splitlines():
        name, used, *_ = line.split()
        say(f"  {name:16}{used:>10}")


def _times(seconds: dict[str, float], log: Path) -> None:
    parts = ", ".join(f"{name} {taken:.0f} s" for name, taken in seconds.items())
    say(f"\nall of it held: {parts}; in total {sum(seconds.values()):.0f} s; logs: {_short(log)}-*.log")


def _short(path: Path) -> str:
    """A path as it can be typed from the checkout."""
    return str(path.relative_to(layout.ROOT))
