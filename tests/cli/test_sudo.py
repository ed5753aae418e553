"""An operator who is not root on the servers: every command of a deploy is run by sudo."""

import json
from pathlib import Path

import pytest

from tests.support.plans import BARE_HOSTS, production
from tests.support.ssh_keys import ed25519

NOT_ROOT = (
    f'environment = "production"\noperators = {{"ada": ("{ed25519("ada")}",)}}\n'
    'ssh_user = "ada"\n_sudo = True\nhttps_address = "[::1]:9"\n'
)


@pytest.mark.parametrize(
    ("deploy", "parts"),
    [
        ("site", ('" apply;', '" read;', "PGHOST", "host.json.new", "sshd_config.d", "useradd")),
        ("verify", ("ss -Htlnu", "cat /etc/guildhall/host.json")),
    ],
)
def test_every_command_of_a_deploy_is_run_by_sudo(
    tmp_path: Path, deploy: str, parts: tuple[str, ...]
) -> None:
    heard = tmp_path / "heard"
    with production(tmp_path / "copy") as operator:
        operator.project.edit("group_data/production.py", 'environment = "production"\n', NOT_ROOT)
        if deploy == "verify":  # which need not wait for what will never answer
            operator.project.edit("tasks/look.py", "WAIT_SECONDS: Final = 90", "WAIT_SECONDS: Final = 0")
        operator.run(BARE_HOSTS, "inventory.py", f"deploys/{deploy}.py", "-y", HOSTS_HEARD=str(heard))

    commands = [(text, sudo) for _, text, sudo in map(json.loads, heard.read_text().splitlines())]
    for part in parts:
        assert [text for text, _ in commands if part in text], (
            f"no command has {part}: nothing is proved of it"
        )
    assert [text[:80] for text, sudo in commands if not sudo] == []
