"""What the parts of a run share: where it works, what it was told, who holds the lock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onhost.locks import WAIT_SECONDS, Lock
from onhost.messages import Voice
from onhost.orders import Order, Run
from onhost.programs import Programs
from onhost.releases import Stack

LIMITS: dict[str, float] = {
    "lock": WAIT_SECONDS,
    "engine": 180,
    "stage": 60,
    "pull": 1800,
    "check": 120,
    "one-shot": 3600,
    "up": 300,  # beyond the time that the app has to get healthy: old containers stop first
    "down": 300,
    "tell": 20,
}
"""Seconds that a step may take."""


def limit(run: Run, step: str) -> float:
    return (run.limits or {}).get(step, LIMITS[step])


@dataclass(frozen=True)
class Host:
    """This host, as one run works on it."""

    root: Path
    log: Path
    lock: Lock
    programs: Programs
    started: float
    """When the run began, by `time.monotonic`."""


@dataclass(frozen=True)
class Job:
    """One app of a run: its order, its folder, and who speaks of it."""

    host: Host
    run: Run
    order: Order
    voice: Voice

    @property
    def app(self) -> str:
        return self.order.app

    def limit(self, step: str) -> float:
        """Seconds that a step may take."""
        return limit(self.run, step)

    @property
    def stack(self) -> Stack:
        return Stack(self.host.root, self.app)

    def compose(self, *words: str, limit: float, what: str, release: str = "") -> str:
        """Docker Compose on the app's own file, or on that of a release that is not switched to."""
        folder = self.stack.releases / release if release else self.stack.folder
        place = ("--project-name", self.app, "--project-directory", str(self.stack.folder))
        files: tuple[str, ...] = ("--file", str(folder / "compose.yaml"))
        if release:
            secrets = folder / ".env"
            files += ("--env-file", str(secrets) if secrets.is_file() else "/dev/null")
        return self.host.programs.docker(
            "compose", *place, *files, "--progress", "quiet", *words, limit=limit, what=what
        )
