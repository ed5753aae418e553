"""Changes that lock everybody out: each is undone by the host itself, and the deploy says so."""

from dataclasses import dataclass

import pytest

from lab import hosts
from tasks.host import trial
from tasks.host.firewall import FILE
from tests.lab.projects import ProbeProject
from tests.lab.running import Outcome, eventually

pytestmark = pytest.mark.host

SECONDS = 8
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
    "the syntax is broken": Harm(RULES, table("accept everything"), REFUSED),
    "the file is empty": Harm(RULES, "", REFUSED),
    "sshd cannot start": Harm(SERVER, "ListenAddress 203.0.113.1\n", "ssh does not run with it; what was"),
    "sshd is at another port": Harm(SERVER, "Port 2222\n", "with it no new connection gets in"),
    "nobody may log in": Harm(SERVER, "AllowUsers nobody\n", "with it no new connection gets in"),
    "no key counts": Harm(SERVER, "AuthorizedKeysFile none\n", "with it no new connection gets in"),
}


@pytest.fixture
def host(project: ProbeProject) -> ProbeProject:
    """A host whose rules are those of the catalogue."""
    done = project.lab.deploy("host", "-y", *project.OPTIONS, root=project.root)
    assert done.code == 0, done.output
    return project


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
    before = state(host)

    run = attempt(host, harm)

    assert run.code == 1
    assert harm.said in run
    host.lab.disconnect()  # what was open before shows nothing
    over = f"echo in; ls {trial.FOLDER}"
    eventually(lambda: host.lab.ssh(host.machine, over, check=False), lambda said: said == "in\n", seconds=60)
    assert state(host) == before


def test_what_lets_in_stays_and_its_trial_is_over(host: ProbeProject) -> None:
    run = attempt(host, Harm(SERVER, "# another\nPasswordAuthentication no\n", ""))

    assert run.code == 0, run.output
    assert host.on_host(f"sleep {SECONDS + 1}; head -1 {SSHD}; ls {trial.FOLDER}") == "# another\n"
    assert "guildhall-trial" not in host.on_host("systemctl list-timers --all")


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
