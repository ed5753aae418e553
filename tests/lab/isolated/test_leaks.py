"""The control of the canary test: planted secrets are found, or else silence would prove nothing."""

import secrets
import shlex
from pathlib import Path

import pytest

from lab.layout import Host
from tests.lab import leaks
from tests.lab.leaks import Scanner
from tests.lab.running import Lab
from tests.lab.test_canary import DOCKERS_OWN, canary

pytestmark = pytest.mark.secrets

IN_ROOTS_HOME, OPEN_TO_ALL = "/root/planted leak", "/var/log/planted"


def test_a_planted_secret_is_found_in_each_form(lab: Lab, machine: Host, spare: Path, tmp_path: Path) -> None:
    scanner = Scanner({"planted": canary()})
    expected = set(scanner.needles.values())
    leak = tmp_path / "leak"
    leak.write_text("\n".join(f"before {needle} after" for needle in scanner.needles))
    plant = f"umask 022; printf %s {shlex.quote(leak.read_text())} | tee {OPEN_TO_ALL} >'{IN_ROOTS_HOME}'"
    try:
        lab.ssh(machine.name, f"{plant}; chmod 600 '{IN_ROOTS_HOME}'")
        found = scanner.on(machine.name, without=DOCKERS_OWN)
        open_to_all = scanner.open_to_all(machine.name, ("/root", "/var/log"))
    finally:
        lab.ssh(machine.name, f"rm {OPEN_TO_ALL} '{IN_ROOTS_HOME}'")

    assert len(expected) > 8
    assert scanner.here([str(tmp_path), "-type", "f"]) == {(str(leak), what) for what in expected}
    assert found == {(path, what) for path in (IN_ROOTS_HOME, OPEN_TO_ALL) for what in expected}
    assert open_to_all == {(OPEN_TO_ALL, what) for what in expected}


@pytest.mark.parametrize(
    "leaky",
    ["sh -c 'sleep 0.5' sh $(printf %s%s {})", "PLANTED=$(printf %s%s {}) sleep 0.5"],
    ids=["command line", "environment"],
)
def test_a_secret_is_found_in_a_process(
    lab: Lab, machine: Host, spare: Path, tmp_path: Path, leaky: str
) -> None:
    # In two halves, since the command that plants it is itself a process.
    halves = secrets.token_hex(8), secrets.token_hex(8)
    with leaks.processes(machine.name) as seen:
        lab.ssh(machine.name, leaky.format(" ".join(halves)))
    (tmp_path / "processes").write_bytes(b"".join(seen))

    assert Scanner({"planted": "".join(halves)}).here([str(tmp_path), "-type", "f"])


def test_a_secret_is_found_in_the_journal(lab: Lab, machine: Host, spare: Path, tmp_path: Path) -> None:
    token = secrets.token_hex(16)
    lab.ssh(machine.name, f"echo {token} | systemd-cat; journalctl --sync")
    (tmp_path / "journal").write_text(leaks.journal(machine.name))

    assert Scanner({"planted": token}).here([str(tmp_path), "-type", "f"])
