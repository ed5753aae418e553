"""What a finished Compose file may give a container; whatever is beyond it needs a reason in the record."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import App
from tasks.stacks.compose_keys import SERVICE
from tests.support.releases import releases
from tests.support.yaml_text import read_yaml

Service = Mapping[str, Any]


def _sources(service: Service) -> list[str]:
    return [str(volume).split(":")[0] for volume in service.get("volumes", [])]


RULES: Mapping[str, Callable[[Service], bool]] = {
    "runs as root": lambda service: service["user"].split(":")[0] in ("0", "root"),
    "writes its own image": lambda service: not service["read_only"],
    "keeps capabilities": lambda service: bool(service.get("cap_add")),
    "uses the host's network": lambda service: service.get("network_mode") == "host",
    "sees the host's processes": lambda service: service.get("pid") == "host",
    "mounts the host's files": lambda service: any(source.startswith("/") for source in _sources(service)),
    "uses the host's devices": lambda service: bool(service.get("devices")),
}
FORBIDDEN: Mapping[str, Callable[[Service], bool]] = {
    "keeps all capabilities": lambda service: service["cap_drop"] != ["ALL"],
    "can gain rights": lambda service: service["security_opt"] != ["no-new-privileges:true"],
    "has no memory limit": lambda service: not service["mem_limit"],
    "has no limit of processes": lambda service: not service["pids_limit"],
    "can write the host's files": lambda service: any(
        str(volume).startswith("/") and "ro" not in str(volume).split(":")[-1].split(",")
        for volume in service.get("volumes", [])
        if not str(volume).startswith("/dev/")
    ),
    "has keys that nobody may write": lambda service: any(SERVICE[key].says == "nobody" for key in service),
}
# Docker's socket, and every folder that it lies in.
SOCKETS = {"/var/run/docker.sock", "/run/docker.sock", "/var/run", "/run", "/var", "/"}


@cache
def services(app: App) -> list[tuple[str, Service]]:
    """Of its Compose file on the first of its hosts in production."""
    release = next(release for _, release in releases() if release.app == app)
    return list(read_yaml(release.files["compose.yaml"])["services"].items())


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_a_container_that_may_more_than_others_has_a_reason_in_its_record(app: App) -> None:
    rights = {
        f"{name} {words}"
        for name, service in services(app)
        for words, rule in RULES.items()
        if rule(service) and not app.service(name).because
    }

    assert rights == set()


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_some_things_no_container_may(app: App) -> None:
    broken = {
        f"{name} {words}"
        for name, service in services(app)
        for words, rule in FORBIDDEN.items()
        if rule(service)
    }

    assert broken == set()


def test_no_container_can_use_dockers_socket() -> None:
    """It is root's: a container that sees the folder and is not root cannot."""
    users = [
        f"{app.name}/{name}"
        for app in APPS
        for name, service in services(app)
        if SOCKETS.intersection(_sources(service)) and RULES["runs as root"](service)
    ]

    assert users == []


def test_the_rules_find_what_they_are_for() -> None:
    naked: Service = {
        "user": "0:0",
        "read_only": False,
        "cap_add": ["SYS_ADMIN"],
        "cap_drop": [],
        "security_opt": [],
        "mem_limit": "",
        "pids_limit": 0,
        "network_mode": "host",
        "pid": "host",
        "devices": ["/dev/kmsg"],
        "volumes": ["/etc:/etc"],
        "privileged": True,
    }

    assert [words for words, rule in {**RULES, **FORBIDDEN}.items() if not rule(naked)] == []
