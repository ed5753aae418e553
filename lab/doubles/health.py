"""The health of a double, looked at again and again, so that a dependency that comes late is noticed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from . import environment
from .contract import VERSION, Contract, Need, fill
from .needs import CHECKS

RETRY, REST = 1.0, 20.0  # seconds to the next look while something is wrong, while all is well
Probe = Callable[[], list[str]]


@dataclass(kw_only=True)
class Health:
    """What is wrong now, one line each and never a value; it starts as unhealthy."""

    contract: Contract
    env: Mapping[str, str]
    probes: list[Probe] = field(default_factory=list)  # looked at once the environment and the needs are fine
    series: list[Callable[[], list[str]]] = field(default_factory=list)  # of its metrics, beside its own
    problems: list[str] = field(default_factory=lambda: ["starting"])
    warnings: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Look at everything once, at what is vital first; log what changed."""
        before = (self.problems, self.warnings)
        wrong = environment.problems(self.contract, self.env) or self._needs(vital=True)
        self.problems = wrong or [line for probe in self.probes for line in self._safe(probe)]
        self.warnings = [] if wrong else self._needs(vital=False)
        if before != (self.problems, self.warnings):
            self._log()

    def _needs(self, *, vital: bool) -> list[str]:
        return [line for need in self.contract.needs if need.vital is vital for line in self._need(need)]

    def _need(self, need: Need) -> list[str]:
        settings = {name: fill(value, self.env) for name, value in need.settings.items()}

        def check() -> list[str]:
            CHECKS[need.kind](settings)
            return []

        return [f"{need.kind}: {line}" for line in self._safe(check)]

    def _safe(self, probe: Probe) -> list[str]:
        try:
            return probe()
        except Exception as error:  # whatever a dependency raises is its state, not the end of the double
            first = str(error).strip().split("\n")[0]
            return [environment.scrubbed(f"{type(error).__name__} {first}", self.env)]

    def _log(self) -> None:
        for line in self.problems:
            print(f"unhealthy: {line}", flush=True)
        if not self.problems:
            print(f"healthy: {self.contract.name} {VERSION} (double)", flush=True)
        for line in self.warnings:
            print(f"warning: {line}", flush=True)

    def watch(self) -> None:
        """Look forever in a thread of its own."""
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self) -> None:
        pause = threading.Event()
        while True:
            self.look()
            pause.wait(RETRY if self.problems or self.warnings else REST)
