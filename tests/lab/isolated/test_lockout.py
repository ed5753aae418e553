"""Changes that lock everybody out: each is undone by the host itself, and the deploy says so."""

import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import hosts, layout, ssh
from tasks.host import trial
from tasks.host.firewall import FILE
from tests.lab.projects import ProbeProject
from tests.lab.running import Lab, Outcome, eventually

pytestmark = pytest.mark.host

SECONDS = 6
"""Of a trial, where production takes 90."""
SSHD = "/etc/ssh/sshd_config.d/10-guildhall.conf"
TABLE = """table inet guildhall
delete table inet guildhall
table inet guildhall {{
  chain input {{
    type filter hook input priority filter - 10; policy {policy}
    {rules}
  }}
  chain output {{ type filter hook output priority filter - 10; policy {out}; }}
}}
"""
LOST = f"{FILE}: with it "
"""The new connection hung until the host had undone it, or was given up before."""
REFUSED = f"{FILE}: refused, nothing was changed"
SHUT = f"{SSHD}: with it no new connection gets in"
KNOWN = "ct state established,related accept"
RULES = "from tasks.host.firewall import placed\n\nplaced({content!r}, {seconds})\n"
SERVER = f"""from tasks.host import config_file

config_file(
    name="ssh: settings",
    path="{SSHD}",
    content={{content!r}},
    unit="ssh",
    check='sshd -t -f "$new"',
    apply="systemctl restart ssh",
    trial_seconds={{seconds}},
)
"""


@dataclass(frozen=True)
class Harm:
    deploy: str
    content: str
    said: str
    """By the deploy that tries it."""


def table(rules: str, policy: str = "drop", out: str = "accept") -> str:
    return TABLE.format(rules=rules, policy=policy, out=out)


HARMS = {
    "everything is dropped": Harm(RULES, table("", out="drop"), LOST),
    "sshd's port is dropped": Harm(RULES, table(f"{KNOWN}\n tcp dport 22 drop", policy="accept"), LOST),
    "the interface is another": Harm(RULES, table(f'{KNOWN}\n iifname "enp99" tcp dport 22 accept'), LOST),
    "no connection may go on": Harm(RULES, table("ct state new tcp dport 22 accept"), LOST),
    "sshd's port is another": Harm(RULES, table(f"{KNOWN}\n tcp dport 2222 accept"), LOST),
    "the rules' syntax is broken": Harm(RULES, table("accept everything"), REFUSED),
    "the file of rules is empty": Harm(RULES, "", REFUSED),
    "sshd is at another port": Harm(SERVER, "Port 2222\n", SHUT),
    "sshd listens to itself alone": Harm(SERVER, "ListenAddress 127.0.0.1\n", SHUT),
    "sshd speaks what no client does": Harm(SERVER, "KexAlgorithms sntrup761x25519-sha512\n", SHUT),
    "nobody may log in": Harm(SERVER, "AllowUsers nobody\n", SHUT),
    "root may not log in": Harm(SERVER, "PermitRootLogin no\n", SHUT),
    "no key counts": Harm(SERVER, "PubkeyAuthentication no\n", SHUT),
    "keys are nowhere": Harm(SERVER, "AuthorizedKeysFile none\n", SHUT),
    "sshd cannot start": Harm(SERVER, "ListenAddress 203.0.113.1\n", "ssh does not run with it; what was"),
    "sshd's syntax is broken": Harm(SERVER, "MaxStartups 0\n", f"{SSHD}: refused, nothing was changed"),
}


@pytest.fixture(scope="module")
def host(
    lab: Lab, machine: layout.Host, spare: Path, tmp_path_factory: pytest.TempPathFactory
) -> ProbeProject:
    """A host whose rules and settings are those of the project; each test leaves it so."""
    root = tmp_path_factory.mktemp("lockout") / "project"
    shutil.copytree(spare, root, symlinks=True)
    made = ProbeProject(root, lab, machine.name)
    done = lab.deploy("host", "-y", *made.OPTIONS, root=root)
    assert done.code == 0, done.output
    return made


def state(host: ProbeProject) -> str:
    """What sshd and the packet filter do, and whether a trial is under way."""
    return host.on_host(
        f"cat {SSHD} {FILE}; sshd -T | grep -E '^(port|allowusers|authorizedkeysfile|listenaddress) ';"
        f"nft -s list table inet guildhall; systemctl is-active ssh; ls {trial.FOLDER}"
    )


def attempt(host: ProbeProject, harm: Harm, seconds: int = SECONDS) -> Outcome:
    (host.root / "deploys/lockout.py").write_text(harm.deploy.format(content=harm.content, seconds=seconds))
    options = (*host.OPTIONS, "--data", "ssh_connect_retries=0")
    return host.lab.deploy("lockout", "-y", *options, root=host.root)


def test_two_minutes_are_enough() -> None:
    assert 30 < trial.SECONDS < 120


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_what_locks_out_is_undone_by_the_host_itself(host: ProbeProject, harm: Harm) -> None:
    before, began = state(host), time.monotonic()

    run = attempt(host, harm)

    assert run.code == 1
    assert harm.said in run
    host.lab.disconnect()  # what was open before shows nothing
    over = f"echo in; ls {trial.FOLDER}"
    eventually(lambda: host.lab.ssh(host.machine, over, check=False), lambda said: said == "in\n", seconds=60)
    assert time.monotonic() - began < 120
    assert state(host) == before


def test_what_lets_in_stays_and_its_trial_is_over(host: ProbeProject) -> None:
    run = attempt(host, Harm(SERVER, "# another\nPasswordAuthentication no\n", ""), trial.SECONDS)

    assert run.code == 0, run.output
    assert host.on_host(f"head -1 {SSHD}; ls {trial.FOLDER}") == "# another\n"
    assert "guildhall-trial" not in host.on_host("systemctl list-timers --all")
    assert host.lab.deploy("host", "-y", *host.OPTIONS, root=host.root).code == 0


def test_who_failed_or_hung_thirty_times_gets_in_at_once(host: ProbeProject, tmp_path: Path) -> None:
    """By its default sshd closes itself to an address for up to ten minutes, whoever else is behind it."""
    wrong = tmp_path / "wrong"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", wrong], check=True)
    place = hosts.find(host.machine)
    fails = [str(wrong) if word == str(layout.SSH_KEY) else word for word in ssh.argv(place, ["true"])]
    fails = [fails[0], "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", *fails[1:]]
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda _: subprocess.run(fails, capture_output=True, check=False), range(30)))
    host.lab.disconnect()
    with ExitStack() as open_ones:
        for _ in range(30):
            made = socket.create_connection((layout.LOOPBACK, place.ssh), timeout=10)
            open_ones.enter_context(made).recv(1)  # sshd has seen it, and hears nothing
        began = time.monotonic()
        said = host.lab.ssh(host.machine, "echo in")
        took = time.monotonic() - began

    assert {b"Permission denied" in each.stderr for each in tries} == {True}
    assert said == "in\n"
    assert took < 10


def test_a_power_cut_in_a_trial_ends_it(host: ProbeProject) -> None:
    before = state(host)

    assert attempt(host, HARMS["sshd's port is dropped"], seconds=900).code == 1
    hosts.stop(host.machine)
    hosts.start(host.machine)
    host.lab.disconnect()

    assert state(host) == before


def test_rules_that_somebody_flushed_are_loaded_anew(host: ProbeProject) -> None:
    before = state(host)
    host.on_host("nft delete table inet guildhall")

    done = host.lab.deploy("host", "-y", *host.OPTIONS, root=host.root)

    assert done.code == 0, done.output
    assert state(host) == before
