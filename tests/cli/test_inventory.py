"""The inventory as pyinfra reads it: hosts, groups and data, or one line that says what is wrong."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab import layout
from tasks.settings import ROOT
from tests.support.project import copied
from tests.support.servers import object_store, visitors


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


AUTHENTIK = {"public_ip": "127.0.0.2", "private_ip": "10.0.0.2"}


@pytest.mark.parametrize(
    ("authentik", "said"),
    [
        (
            {**AUTHENTIK, "public_ip": "127.0.0.3"},
            "s3://terraform/state: servers 'tools-prod' and 'authentik-prod' have one address, 127.0.0.3; "
            "give each its own",
        ),
        (
            {**AUTHENTIK, "private_ip": "8.8.8.8"},
            "s3://terraform/state: private_ip of 'authentik-prod' is '8.8.8.8', which is not in the private "
            "network 10.0.0.0/24; write its address there",
        ),
        (
            {**AUTHENTIK, "private_ip": 5},
            "Terraform output 'servers': private_ip of 'authentik-prod' is 5, which is no text; "
            "write the address in quotes",
        ),
    ],
)
def test_terraforms_servers_with_addresses_that_they_cannot_have(
    tmp_path: Path, authentik: dict[str, Any], said: str
) -> None:
    servers = {
        "tools-prod": {"public_ip": "127.0.0.3", "private_ip": "10.0.0.3"},
        "management": {"public_ip": "127.0.0.5", "private_ip": "10.0.0.5"},
        "authentik-prod": authentik,
    }
    state = json.dumps({"outputs": {"servers": {"value": servers}}}).encode()
    with object_store(state=state) as store:
        ran = copied(tmp_path).run(
            *("-m", "pyinfra", "inventory.py", "deploys/site.py", "--dry"),
            GUILDHALL_ENV="production",
            GUILDHALL_TERRAFORM_STATE="s3://terraform/state",
            S3_ENDPOINT=store,
            S3_ACCESS_KEY="access-key",
            S3_SECRET_KEY="secret-key",  # noqa: S106 - of a server that takes any
        )

    (line,) = ran.complaints
    assert (ran.code, line.endswith(f": {said}")) == (1, True), line


def test_the_command_line_cannot_give_servers_one_address_and_no_host_is_contacted(tmp_path: Path) -> None:
    project = copied(tmp_path)
    project.with_secrets("lab")
    with visitors() as (port, came):
        ran = project.run(
            *("-m", "pyinfra", "inventory.py", "deploys/site.py", "--dry"),
            *("--data", "private_ip=10.0.0.9", "--data", f"ssh_port={port}"),
            GUILDHALL_SECRETS="dotenv",
        )

    assert (ran.code, came) == (1, [])
    assert ran.complaints == [
        "pyinfra error: inventory: servers 'tools-prod' and 'management' have one address, 10.0.0.9; "
        "give each its own"
    ]


def test_a_second_server_in_a_group_is_refused_and_no_host_is_contacted(tmp_path: Path) -> None:
    project = copied(tmp_path)
    project.with_secrets("lab")
    project.edit("inventory.py", '["tools-prod"]', '["tools-prod", "management"]')
    with visitors() as (port, came):
        ran = project.run(
            *("-m", "pyinfra", "inventory.py", "deploys/site.py", "--dry", "--data", f"ssh_port={port}"),
            GUILDHALL_SECRETS="dotenv",
        )

    (line,) = ran.complaints
    assert (ran.code, came) == (1, [])
    assert re.match(
        r"pyinfra error: app '[a-z]+': group 'tools' has several hosts, tools-prod and management: ", line
    )
