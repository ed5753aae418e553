"""The inventory as pyinfra reads it: hosts, groups and data, or one line that says what is wrong."""

import json
import os
import subprocess
import sys

import pytest

from lab import layout
from tasks.settings import ROOT


def debug_inventory(**variables: str) -> subprocess.CompletedProcess[str]:
    """What the real command says, whatever `.env` and the shell of this machine choose."""
    chosen = {
        "GUILDHALL_SECRETS": "",
        "GUILDHALL_TERRAFORM_STATE": "",
        "GUILDHALL_KNOWN_HOSTS": "",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "pyinfra", "--json", "inventory.py", "debug-inventory"],
        cwd=ROOT,
        env={**os.environ, **chosen},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_lab_has_its_three_hosts_each_in_its_group_and_the_labs() -> None:
    hosts = json.loads(debug_inventory(GUILDHALL_ENV="lab").stdout)

    assert {host["name"]: set(host["groups"]) - {"inventory"} for host in hosts} == {
        "tools-prod": {"tools", "lab"},
        "management": {"management", "lab"},
        "authentik-prod": {"authentik", "lab"},
    }


def test_every_lab_host_is_reached_and_known_as_the_lab_says() -> None:
    hosts = {host["name"]: host["data"] for host in json.loads(debug_inventory(GUILDHALL_ENV="lab").stdout)}

    for host in layout.HOSTS:
        data = hosts[host.name]
        assert data["private_ip"] == data["public_ip"] == host.address
        assert (data["ssh_hostname"], data["ssh_port"]) == (layout.LOOPBACK, host.ssh)
        assert data["https_address"] == f"{layout.LOOPBACK}:{host.https}"
        assert ROOT / data["ssh_key"] == layout.SSH_KEY
        assert ROOT / data["ssh_known_hosts_file"] == layout.KNOWN_HOSTS


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"GUILDHALL_ENV": "prod"}, "GUILDHALL_ENV: 'prod' is unknown; set it to lab or production"),
        ({"GUILDHALL_ENV": "production"}, "server 'tools-prod' has the example address 203.0.113.3"),
        (
            {"GUILDHALL_ENV": "production", "GUILDHALL_TERRAFORM_STATE": "x"},
            "'x' is not of the form s3://bucket/key",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_no_host_is_contacted(variables: dict[str, str], said: str) -> None:
    ran = debug_inventory(**variables)

    assert ran.returncode == 1
    assert said in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr
    assert "Connecting" not in ran.stderr
