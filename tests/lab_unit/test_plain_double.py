"""The double that is made of one line: what it answers, and what it must be able to read."""

import os
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from lab.doubles import plain
from tests.support.servers import serving


def test_it_answers_every_path_and_leaves_logins_to_those_who_know_them() -> None:
    program = plain.handler("/healthz", ["/login/oidc"])
    with ThreadingHTTPServer(("127.0.0.1", 0), program) as server, serving(server):
        address = f"http://127.0.0.1:{server.server_port}"
        health = requests.get(f"{address}/healthz?deep=1", timeout=5)
        others = [requests.request(verb, f"{address}/any", timeout=5) for verb in ("GET", "HEAD", "POST")]
        login = requests.get(f"{address}/login/oidc", timeout=5)

    assert (health.status_code, health.text) == (200, "OK\n")
    assert [each.status_code for each in others] == [200, 200, 200]
    assert all(line.startswith("#") for line in others[0].text.splitlines())  # Prometheus reads no metrics
    assert login.status_code == 405


def test_what_is_mounted_and_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("SECRET_KEY", "OIDC_CLIENT_SECRET")]
    mounts = ["/", "/proc", "/sys/fs/cgroup", "/dev/mqueue", *map(str, paths)]
    mountinfo = "".join(f"1 2 8:1 /source {each} ro,relatime - ext4 /dev/sda1 ro\n" for each in mounts)
    readable = {str(paths[0])}
    monkeypatch.setattr(os, "access", lambda path, _mode: str(path) in readable)

    assert [*plain.unreadable(mountinfo)] == [str(paths[1])]
