"""A container that sees the host's processes enters none of them, and has no way to Docker."""

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.running import Lab

pytestmark = pytest.mark.edge

WATCHERS = ("node-exporter-node-exporter-1", "zabbix-agent-agent-1", "cadvisor-cadvisor-1")
# Wherever it sees processes: whose files it can open through them, its own aside, and whose environment.
ATTACK = """
own=$(stat --dereference --format=%d:%i /)
for each in /proc/[0-9]* /host/proc/[0-9]* /rootfs/proc/[0-9]*; do
  root=$(stat --dereference --format=%d:%i "$each/root/" 2>/dev/null) || continue
  [ "$root" = "$own" ] || echo "enters $each"
  [ "$root" = "$own" ] || ! cat "$each/environ" >/dev/null 2>&1 || echo "reads $each"
done
for each in /run /var/run /host/run /rootfs/run; do
  [ ! -w "$each/docker.sock" ] || echo "uses $each/docker.sock"
done
echo looked
"""


@pytest.mark.parametrize("host", [host.name for host in layout.HOSTS])
def test_no_container_enters_another_through_the_hosts_processes(
    lab: Lab, site: FirstRuns, host: str
) -> None:
    for watcher in WATCHERS:
        assert lab.ssh(host, f"docker exec --interactive {watcher} sh <<'EOF'\n{ATTACK}EOF") == "looked\n"
