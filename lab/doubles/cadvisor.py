"""What cAdvisor tells of containers: nothing for ever, unless its start found a Docker that it knows."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

MOUNTS = Path("/proc/self/mountinfo")
OWN = re.compile(r"/containers/([0-9a-f]{64})/")
KNOWN_DRIVERS = ("overlay2", "aufs", "btrfs", "devicemapper", "vfs", "zfs")
"""Of container/docker/factory.go in google/cadvisor v0.60.5; others need containerd's socket."""
LABELS = ("com.docker.compose.project", "com.docker.compose.service")
PATIENCE = 5  # seconds
Ask = Callable[[str], Mapping[str, Any]]


class Containers:
    """The series of its own container; the real one has those of every container."""

    def __init__(self, ask: Ask, mounts: Path = MOUNTS) -> None:
        self.ask, self.mounts = ask, mounts
        self.registered = self._register()

    def _register(self) -> bool:
        """Once, as lib/manager does it: what comes later is not seen."""
        try:
            driver = str(self.ask("/info")["Driver"])
        except (requests.RequestException, KeyError) as error:
            print(f"Registration of the docker container factory failed: {type(error).__name__}", flush=True)
            return False
        if driver not in KNOWN_DRIVERS:
            print("Registration of the docker container factory failed: no containerd client", flush=True)
        return driver in KNOWN_DRIVERS

    def series(self) -> list[str]:
        found = OWN.search(self.mounts.read_text()) if self.registered else None
        if not found:
            return ['container_last_seen{id="/"} 1']
        told = self.ask(f"/containers/{found[1]}/json")["Config"]["Labels"]
        labels = "".join(
            f',container_label_{name.replace(".", "_")}="{told.get(name, "")}"' for name in LABELS
        )
        return [
            f'container_last_seen{{id="/docker/{found[1]}"{labels}}} 1',
            f'container_health_state{{id="/docker/{found[1]}"{labels}}} 1',
            f'container_cpu_usage_seconds_total{{id="/docker/{found[1]}"{labels}}} 1',
        ]


def asking(docker: str) -> Ask:
    """Questions to the engine behind an address such as tcp://socket-proxy:2375."""

    def ask(path: str) -> Mapping[str, Any]:
        answer = requests.get(f"{docker.replace('tcp', 'http', 1)}{path}", timeout=PATIENCE)
        answer.raise_for_status()
        found: Mapping[str, Any] = answer.json()
        return found

    return ask
