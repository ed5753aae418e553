"""An app's programs started as their record says, and each clause of theirs tried."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from catalogue.model import App, Service
from lab.engine import Engine
from lab.proof import project
from lab.proof.running import Running

BAD: Final = b"}{\n"
LEAST: Final = 15  # seconds that a program has to refuse a variable


@dataclass(frozen=True, kw_only=True)
class Clauses:
    """What is said of a program beside its record.

    `answers`: `:port/path` of what answers well once it is healthy. `writes`: what it writes of its image's
    own file system. `refuses`: variable -> a value with which it must not get healthy.
    """

    answers: str = ""
    writes: tuple[str, ...] = ()
    refuses: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Findings:
    """The clauses that held, and what was seen of those that did not."""

    held: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def note(self, clause: str, wrong: Iterable[str] = ()) -> None:
        seen = [f"{clause}: {each}" for each in wrong]
        self.wrong += seen
        self.held += [] if seen else [clause]


@dataclass(kw_only=True)
class Trial:
    """Those services of an app that have an image and clauses."""

    outer: Engine
    app: App
    images: Mapping[str, str]
    clauses: Mapping[str, Clauses]
    seconds: float = 0
    """How long the good start took."""

    def __post_init__(self) -> None:
        whole = project.laid(self.app, self.images)
        self.running = Running(outer=self.outer, app=self.app, whole=whole)
        self.found = {name: Findings() for name in self.images}

    def run(self) -> Mapping[str, Findings]:
        """Start it, ask it, and start it wrongly."""
        try:
            self._start()
            well = [each for each in self._services(one_shot=False) if not self.found[each.name].wrong]
            for service in well:
                self._asked(service)
            for service in well:
                for variable, value in self.clauses[service.name].refuses.items():
                    self._refused(service, variable, value)
        finally:
            self.running.gone()
        return self.found

    def _services(self, *, one_shot: bool) -> Iterator[Service]:
        yield from (
            each for each in self.app.services if each.name in self.images and each.one_shot is one_shot
        )

    def _start(self) -> None:
        self.running.fresh()
        for service in self._services(one_shot=True):
            self.running.compose("run", "--rm", service.name)
            self.found[service.name].note("runs to its end")
        began, names = time.monotonic(), [each.name for each in self._services(one_shot=False)]
        said = self.running.up(self.app.ready_seconds, names)
        self.seconds = time.monotonic() - began
        for name in names:
            well = self.running.inspected(name, "{{.State.Health.Status}}") == "healthy"
            words = "" if well else self.running.compose("logs", "--no-log-prefix", "--tail=1", name)
            clause = f"healthy in {self.app.ready_seconds} s ({self.seconds:.0f})"
            self.found[name].note(clause, [] if well else [f"{said}; it says: {words}"])

    def _asked(self, service: Service) -> None:
        note, clauses = self.found[service.name].note, self.clauses[service.name]
        runs_as, first = service.user, self._first_process(service)
        note(f"user {runs_as}", [] if first == runs_as else [f"it is {first}"])
        for port in sorted(self._ports(service)):
            note(f"port {port}", self.running.from_beside(f": </dev/tcp/{service.name}/{port}"))
        for page in filter(None, (clauses.answers, self._metrics(service))):
            ask = f"curl -fsS -m 10 -o /dev/null http://{service.name}{page}"
            note(page, self.running.from_beside(ask))
        diff = self.outer.docker("diff", self.running.container(service.name))
        written = project.undeclared(diff, self.running.whole["services"][service.name], clauses.writes)
        note("writes nowhere else", [", ".join(written)] if written else [])
        if service.check:
            self._checked(service, service.check.entrypoint, service.check.arguments)

    def _first_process(self, service: Service) -> str:
        said = self.outer.docker("top", self.running.container(service.name), "-o", "uid,gid,pid")
        return ":".join(said.splitlines()[1].split()[:2])

    def _ports(self, service: Service) -> set[int]:
        routes = (route.port for route in self.app.routes if route.service == service.name)
        return {*(port.container for port in service.ports if port.protocol == "tcp"), *routes}

    def _metrics(self, service: Service) -> str:
        if not service.metrics:
            return ""
        inner = {port.host: port.container for port in service.ports}
        return f":{inner.get(service.metrics.port, service.metrics.port)}{service.metrics.path}"

    def _checked(self, service: Service, program: str, words: tuple[str, ...]) -> None:
        """The image's own checker takes the release's configuration, and refuses a broken one."""
        mounts = project.mounts(self.running.whole["services"][service.name], self.running.folder)
        checked = next(source for source, target in mounts.items() if words[-1].endswith(target))
        shown = [word for source, target in mounts.items() for word in ("--volume", f"{source}:{target}:ro")]
        run = ["run", "--rm", "--network", "none", "--user", service.user, *shown]
        run += ["--entrypoint", program, self.images[service.name], *words]
        good, content = self.outer.ok(*run), checked.read_bytes()
        checked.write_bytes(BAD)
        bad = self.outer.ok(*run)
        checked.write_bytes(content)
        wrong = ["it refuses ours"] * (not good) + ["it takes a broken one"] * bad
        self.found[service.name].note(f"checks {checked.name}", wrong)

    def _refused(self, service: Service, variable: str, value: str) -> None:
        """Alone and from the beginning, with one variable spoilt: it must not get healthy."""
        self.running.gone()
        alone = replace(self.running, whole=project.spoilt(self.running.whole, service.name, variable, value))
        alone.fresh()
        said = alone.up(round(self.seconds) + LEAST, [service.name])
        self.found[service.name].note(f"refuses {variable}={value}", [] if said else ["it got healthy"])
