"""What can be broken on purpose in the lab, each with the alert that tells of it, and mended again."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lab import engine, hosts, layout, services

SCRIPT: Final = Path(__file__).with_suffix(".sh")
BIN: Final = Path(sys.executable).parent
Act = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong; its commands on a host are in SCRIPT, unless it is not done there."""

    alert: str
    host: str = layout.TOOLS.name
    """Where, unless another one is named."""
    breaks: Act | None = None
    mends: Act | None = None
    outside: str = ""
    """What no command of its runbook can do; `mend` stands for it."""


def break_(name: str, host: str = "") -> str:
    """Breaks it; which alert follows. LabError if it cannot be broken."""
    fault = FAULTS[name]
    where = host or fault.host
    _done(fault.breaks, "break", name, where)
    return (
        f"{where}: {name}; {fault.alert} follows, until `guildhall lab mend {name}` or what its runbook says"
    )


def mend(name: str, host: str = "") -> str:
    """Mends it at once; LabError if it cannot be mended."""
    fault = FAULTS[name]
    where = host or fault.host
    _done(fault.mends, "mend", name, where)
    return f"{where}: {name} is over"


def _done(act: Act | None, verb: str, name: str, host: str) -> None:
    if act:
        act(host)
        return
    words = ("exec", "--interactive", hosts.find(host).name, "bash", "-s", verb, name)
    engine.connect().docker(*words, data=SCRIPT.read_bytes())


def _sick_deploy(host: str) -> None:
    """Deploys a blackbox exporter that ends at once: what served before serves again."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "checkout"
        shutil.copytree(layout.ROOT, root, ignore=shutil.ignore_patterns(".*", "docs", "tests"))
        (root / ".lab").symlink_to(layout.DIR)
        file = root / "templates/blackbox/compose.yaml.j2"
        file.write_text(file.read_text().replace("command: [", "command: [--no-such-flag, "))
        words = ("-y", "inventory.py", "deploys/monitoring.py", "--limit", host, "--data", "app=blackbox")
        _run(root, "pyinfra", *words)


def _looked_at(host: str) -> None:
    _run(layout.ROOT, "guildhall", "drift", "--note", "--limit", host)


def _run(root: Path, program: str, *words: str) -> None:
    """However it ends."""
    subprocess.run(
        [BIN / program, *words], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )


FAULTS: Final = {
    "stopped": Fault(alert="ContainerNotRunning"),
    "unhealthy": Fault(alert="ContainerUnhealthy"),
    "crashing": Fault(alert="ContainerRestarting", outside="what kills it is found and ended"),
    "logins": Fault(alert="LoginsRefused", host=layout.AUTHENTIK.name),
    "alloy": Fault(alert="TargetDown"),
    "loki": Fault(alert="TargetDown", host=layout.MANAGEMENT.name),
    "silent": Fault(alert="ContainersNotTold"),
    "unreadable": Fault(alert="MetricsNotRead"),
    "unit": Fault(alert="UnitFailed"),
    "disk": Fault(alert="DiskFull", outside="what fills it is removed"),
    "inodes": Fault(alert="InodesShort", outside="the same"),
    "edited": Fault(alert="FilesEdited"),
    "rolled-back": Fault(
        alert="DeployFailed", host=layout.MANAGEMENT.name, breaks=_sick_deploy, mends=_looked_at
    ),
    "host": Fault(alert="HostDown", breaks=hosts.stop, mends=hosts.start, outside="it is switched on"),
    "postgres": Fault(
        alert="ContainerUnhealthy",
        breaks=lambda _: services.stop("postgres"),
        mends=lambda _: services.start("postgres"),
        outside="its provider mends it",
    ),
}
