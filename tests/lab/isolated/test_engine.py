"""The lab's own engine, tried in namespaces of its own beside the running lab: it leaves nothing behind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab import engine, hosts, layout

pytestmark = pytest.mark.lab

# The machine's network and mounts stay out of sight, its control groups do not.
NAMESPACE = """
set -e
mount --make-rprivate /
mkdir "$1/cgroup"; mount --rbind /sys/fs/cgroup "$1/cgroup"
mount -t sysfs sysfs /sys; mount --rbind "$1/cgroup" /sys/fs/cgroup; umount -l "$1/cgroup"
ip link set lo up
cd "$1"; exec "$2" -c "$3"
"""
START = "from lab import engine, layout; outer = engine.start()"
NETWORK = "outer.docker('network', 'create', '--opt', f'com.docker.network.bridge.name={layout.BRIDGE}', 'x')"
STOP = "engine.stop()"
KILL = "import os; os.kill(engine.own_pid(), 9)"
COUNT = """
from lab import layout, shell
links = [line for line in shell.run(["ip", "-brief", "link"]).splitlines() if not line.startswith("lo ")]
tables = [shell.run(["iptables", "-t", table, "-S"]).splitlines() for table in ("filter", "nat")]
rules = [rule for table in tables for rule in table if not rule.startswith("-P")]
ours = "pgrep -f '[d]ocker.*{layout.DIR}|[c]ontainerd.*{layout.DIR}' || true"
processes = shell.run(["sh", "-c", ours.format(layout=layout)]).split()
mounts = [line for line in open("/proc/self/mountinfo") if str(layout.DIR) in line]
print(*map(len, (processes, links, rules, mounts)))
"""

LOAD = """
from lab import hosts, keys
keys.ensure()
outer.docker("load", "--input", "image.tar")
"""
BOOT = "hosts.up(outer, hosts.BARE)"
REMOVE = "outer.compose('--profile', '*', 'down')"


@pytest.fixture
def checkout(lab: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not engine.own_pid():
        pytest.skip("the engine is the machine's own")
    folder = tmp_path_factory.mktemp("c")  # short: the engine's sockets lie deep under it
    for package in ("lab", "tasks"):  # which says where the checkout is
        shutil.copytree(layout.ROOT / package, folder / package)
    return folder


def counts(checkout: Path, *code: str) -> list[list[int]]:
    """Processes, interfaces, rules and mounts of another checkout's engine wherever the code has COUNT."""
    argv = [
        "unshare",
        "--mount",
        "--net",
        "--pid",
        "--mount-proc",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        NAMESPACE,
        "sh",
        str(checkout),
        sys.executable,
    ]
    done = subprocess.run([*argv, "\n".join(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines() if line[0].isdigit()]


def test_a_stopped_engine_leaves_no_process_interface_rule_or_mount(checkout: Path) -> None:
    started, stopped = counts(checkout, START, NETWORK, COUNT, STOP, COUNT)
    assert all(started[:3])
    assert stopped == [0, 0, 0, 0]


def test_engine_and_host_come_up_again_after_all_their_processes_were_killed(checkout: Path) -> None:
    engine.connect().docker("save", "--output", str(checkout / "image.tar"), hosts.IMAGE)
    code = (START, LOAD, BOOT, KILL, COUNT, START, BOOT, COUNT, REMOVE, STOP, COUNT)
    killed, started, stopped = counts(checkout, *code)
    assert any(killed)  # otherwise nothing was left to cope with
    assert all(started[:3])
    assert stopped == [0, 0, 0, 0]
