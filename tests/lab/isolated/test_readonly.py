"""A key that may only read: it plans, finds drift and verifies; whatever else comes with it is refused."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import hosts, layout, ssh
from tests.lab.projects import ProbeProject
from tests.lab.running import Lab, Outcome, eventually, guildhall
from tests.support.reading import WAYS
from tests.support.ssh_keys import ed25519

pytestmark = [pytest.mark.host, pytest.mark.usefixtures("services_run")]

# A server on which one program runs, and one database is looked at.
DEPLOY = """
from catalogue import APPS
from tasks import run
from tasks.databases import databases
from tasks.server import server

server("tools", [app for app in APPS if app.name == "probe"])
databases(
    apps=[app for app in APPS if app.name == "outline"],
    passwords=run.current().database_passwords,
    admin=run.current().database_admin,
    problems={},
)
"""
HERE = ("--limit", layout.TOOLS.name)
WISH = ("deploys/readonly.py", *HERE)
REFUSED = "this key may only read"
CANARY = "/tmp/more-than-it-may"  # noqa: S108 - on a throwaway server
LAB = 'environment = "lab"\n'
NO_KEYS = "readonly_keys: tuple[str, ...] = ()"
OPTIONS = {
    "a terminal": ("-tt", f"touch {CANARY}"),
    "a subsystem": ("-s", "sftp"),
    "an agent": ("-A", f"touch {CANARY}"),
    "an environment": ("-o", "SetEnv=LC_ALL=x LC_PATH=/tmp", f"touch {CANARY}"),
}


@dataclass(frozen=True)
class Ci(ProbeProject):
    """A CI's copy of the project, which has that key alone."""

    key: Path

    def says(self, *words: str) -> Outcome:
        return guildhall(self.root, *words)

    def client(self, user: str = "root") -> list[str]:
        """OpenSSH's own, of somebody who has the key."""
        words = ssh.argv(hosts.find(self.machine), [])
        words[words.index("-i") + 1] = str(self.key)
        return [word.replace("root@", f"{user}@") for word in words]

    def comes(
        self, *words: str, user: str = "root", given: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [*self.client(user), *words], input=given, capture_output=True, timeout=60, check=False
        )

    @contextmanager
    def connected(self) -> Iterator[tuple[str, str]]:
        """Options by which what comes shares one connection."""
        shared = ("-S", f"{self.key}.connection")
        with subprocess.Popen([*self.client(), *shared, "-N", "-M"]) as master:
            eventually(lambda: self.comes(*shared, "-O", "check").returncode == 0)
            yield shared
            master.terminate()


@pytest.fixture(scope="module")
def ci(lab: Lab, machine: layout.Host, spare: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ci]:
    """A deploy by a person has brought the key there, and another one takes it away again."""
    key = tmp_path_factory.mktemp("key") / "readonly"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    made = Ci(tmp_path_factory.mktemp("readonly") / "project", lab, machine.name, key)
    shutil.copytree(spare, made.root, symlinks=True)
    made.write("deploys/readonly.py", DEPLOY)
    public, person = key.with_suffix(".pub").read_text().strip(), ed25519("cleo")
    with (
        made.edited("group_data/all.py", NO_KEYS, f"readonly_keys = ({public!r},)"),
        made.edited("group_data/lab.py", LAB, f'{LAB}operators = {{"cleo": ({person!r},)}}\n'),
    ):
        done = made.says("apply", *WISH, "--yes")
        assert done.code == 0, done.output
        with made.edited("group_data/lab.py", 'ssh_key = ".lab/ssh/id_ed25519"', f'ssh_key = "{key}"'):
            yield made
    done = lab.deploy("host", "-y", *made.OPTIONS, root=made.root)
    assert done.code == 0, done.output
    made.on_host(f"rm -f {CANARY} /usr/local/lib/guildhall/readonly.py /etc/guildhall/readonly.json")


@pytest.mark.parametrize("user", ["root", "cleo"])
def test_it_plans_and_there_is_nothing_to_do(ci: Ci, user: str) -> None:
    with ci.edited("group_data/lab.py", LAB, f"{LAB}ssh_user = {user!r}\n_sudo = {user != 'root'}\n"):
        calm = ci.says("plan", *WISH)

    assert calm.code == 0, calm.output


def test_it_finds_what_somebody_did_and_cannot_put_it_right(ci: Ci) -> None:
    ci.on_host("docker stop --time 0 probe-probe-1")
    drift = ci.says("drift", *HERE)
    applied = ci.says("apply", *WISH, "--yes")
    status = ci.says("status", *HERE, "--app", "probe")
    ci.on_host("docker start probe-probe-1")

    assert drift.code == 2, drift.output
    assert "probe is exited" in drift
    assert applied.code == 1, applied.output
    assert REFUSED in applied
    assert REFUSED not in drift
    assert status.code == 1, status.output
    assert f"its log cannot be read:\n{' ' * 20}{REFUSED}" in status


def test_it_is_shown_the_lines_that_would_change(ci: Ci) -> None:
    with ci.edited(ci.CONFIGURATION, "maxclients 100", "maxclients 170"):
        plan = ci.says("plan", *WISH, "--diff")

    assert plan.code == 2, plan.output
    assert "-maxclients 100" in plan
    assert "+maxclients 170" in plan


def test_a_plan_that_asks_for_another_file_is_refused_and_says_so(ci: Ci) -> None:
    with ci.edited("tasks/host/debian.py", "sysctl.d/60-guildhall.conf", "sysctl.d/61-guildhall.conf"):
        plan = ci.says("plan", *WISH)

    assert plan.code == 1, plan.output
    assert f"{REFUSED}: as last deployed, a plan does not compare '/etc/sysctl.d/61-guildhall.conf'" in plan


def test_it_is_told_what_verify_asks(ci: Ci) -> None:
    done = ci.says("verify", "--now", *HERE)

    assert REFUSED not in done
    told = [line.split()[2:4] for line in done.output.splitlines()]
    assert ["identity", "ok"] in told, done.output
    assert ["probe/probe", "ok"] in told
    assert "what it says of its ports is damaged" not in done
    assert " reach " in done


def test_more_is_refused_whoever_tries_it(ci: Ci) -> None:
    with ci.connected() as shared:
        for way, (command, given) in WAYS.items():
            words = [] if b"\0" in command else [command.decode()]
            tried = ci.comes(*shared, *words, given=given)
            assert (tried.returncode, tried.stdout) == (126, b""), way
            assert tried.stderr.startswith(f"{REFUSED}: ".encode()), (way, tried.stderr)
    for way, options in OPTIONS.items():
        for user in ("root", "cleo"):
            tried = ci.comes(*options, user=user)
            # Of a terminal the client itself says that there is none.
            assert tried.returncode in (126, 255), (way, user, tried.stderr)
    assert ci.comes("-N", "-o", "ExitOnForwardFailure=yes", "-R", "19999:127.0.0.1:22").returncode != 0
    assert ci.on_host(f"ls {CANARY} 2>/dev/null || echo none") == "none\n"
    assert "guildhall-readonly" in ci.on_host("journalctl --no-pager -t guildhall-readonly -n 5")
