"""What the bench compares with: the deployed hosts' files, packages and units as a playbook of Ansible."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab import layout, plain_files
from lab.errors import LabError
from tasks.host import DOCKER_PACKAGES, PACKAGES
from tasks.secrets import write_private

FOLDER: Final = layout.DIR / "playbook"
SETTINGS: Final = """\
[defaults]
host_key_checking = true
forks = 20
gathering = explicit
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = true
ssh_args = -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile={known}
"""
"""The fast ones: no facts, no copies of modules, one connection for all."""
UNITS: Final = (
    "docker.service",
    "fail2ban.service",
    "guildhall-containers.service",
    "guildhall-firewall.service",
    "guildhall-reboot.timer",
)
RECAP: Final = re.compile(r"^(\S+) +: ok=3 +changed=0 ", re.MULTILINE)
TASKS: Final = [
    {
        "name": "packages",
        "ansible.builtin.apt": {"name": "{{ packages }}", "state": "present", "install_recommends": False},
    },
    {
        "name": "files",
        "ansible.builtin.copy": {
            "src": "{{ item.src }}",
            "dest": "{{ item.dest }}",
            "mode": "{{ item.mode }}",
            "owner": "root",
            "group": "root",
        },
        "loop": "{{ files }}",
        "loop_control": {"label": "{{ item.dest }}"},
        "no_log": True,
    },
    {
        "name": "units",
        "ansible.builtin.systemd_service": {"name": "{{ item }}", "state": "started", "enabled": True},
        "loop": "{{ units }}",
    },
]


def program() -> Path:
    """ansible-playbook; LabError where there is none."""
    beside = Path(sys.executable).with_name("ansible-playbook")
    found = beside if beside.exists() else shutil.which("ansible-playbook")
    if not found:
        raise LabError("ansible-playbook is missing; `make bench` installs it")
    return Path(found)


@contextmanager
def written() -> Iterator[Path]:
    """The folder with the playbook; it holds the secrets of every `.env` meanwhile."""
    try:
        FOLDER.mkdir(mode=0o700)
        hosts = {host.name: _values(host, files) for host, files in plain_files.of_hosts().items()}
        _write("inventory.json", {"all": {"hosts": hosts}})
        _write("playbook.json", [{"hosts": "all", "tasks": TASKS}])
        write_private(FOLDER / "ansible.cfg", SETTINGS.format(known=layout.KNOWN_HOSTS))
        yield FOLDER
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def _write(name: str, value: object) -> None:
    write_private(FOLDER / name, json.dumps(value))


def _values(host: layout.Host, files: plain_files.Files) -> dict[str, object]:
    listed = []
    for number, (path, (mode, content)) in enumerate(sorted(files.items())):
        source = FOLDER / f"{host.name}-{number}"
        source.write_bytes(content)
        listed.append({"src": str(source), "dest": path, "mode": mode.zfill(4)})
    return {
        "ansible_host": layout.LOOPBACK,
        "ansible_port": host.ssh,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(layout.SSH_KEY),
        "packages": [*PACKAGES, *DOCKER_PACKAGES["distribution"]],
        "units": list(UNITS),
        "files": listed,
    }


def run(folder: Path) -> float:
    """Seconds of a run that changes nothing; LabError if it fails, or changes something."""
    began = time.monotonic()
    argv = [str(program()), "-i", "inventory.json", "playbook.json"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode or len(RECAP.findall(done.stdout)) != len(layout.HOSTS):
        said = f"{done.stdout[-800:]}{done.stderr[-400:]}"
        raise LabError(f"the playbook fails, or changes what a run left as it should be: {said}")
    return seconds
