"""No container enters another's root through `/proc/<pid>/root`, nor reads its environment there."""

from collections.abc import Iterable
from dataclasses import replace

from catalogue import APPS
from catalogue.model import App, Service
from tests.support.site import app

TRACERS = {"SYS_PTRACE", "SYS_ADMIN", "DAC_READ_SEARCH", "ALL"}
"""With one of these the kernel asks for no user."""


def sees_processes(service: Service) -> bool:
    """Those of others: in the host's list of them, or in its `/proc`, which its `/` has."""
    sources = {mount.split(":")[0] for mount in service.host_mounts}
    return service.host_pid or any(each == "/" or f"{each}/".startswith("/proc/") for each in sources)


def ways_in(apps: Iterable[App]) -> set[str]:
    """The kernel lets in who has the same user and group (`__ptrace_may_access`, kernel/ptrace.c).

    It would not let in where the other has more capabilities; no container needs to lean on that.
    """
    every = [(each, service) for each in apps if each.present for service in each.services]
    return {
        f"{one.name}/{watcher.name} enters {other.name}/{service.name}"
        for one, watcher in every
        if sees_processes(watcher)
        for other, service in every
        if service is not watcher and (one.group == other.group or "all" in (one.group, other.group))
        if service.user == watcher.user or TRACERS.intersection(watcher.capabilities)
    }


def test_no_container_enters_another() -> None:
    assert ways_in(APPS) == set()


def test_no_container_may_take_all_processes_of_its_host() -> None:
    """Debian's kernel allows some 30,000 on 4 GB; an app has at most five containers."""
    assert {each.pids_limit for app in APPS for each in app.services} == {1024}


def test_who_sees_the_hosts_processes_is_not_root() -> None:
    """All that is root's on the host would be its own."""
    watchers = [each for app in APPS for each in app.services if sees_processes(each)]

    assert watchers
    assert [each.name for each in watchers if each.user.split(":")[0] in ("", "0", "root")] == []


def test_the_rule_finds_ways_that_were_open_once() -> None:
    exporter, prometheus, agent = app("node-exporter"), app("prometheus"), app("zabbix-agent")
    nobody = replace(exporter.services[0], user=prometheus.services[0].user)
    zabbix = replace(agent.services[0], user=app("zabbix").services[0].user)
    tracer = replace(exporter.services[0], capabilities=("SYS_PTRACE",))
    root = replace(app("cadvisor").services[0], user="0:0", host_mounts=("/proc:/rootfs/proc:ro",))

    assert ways_in([replace(exporter, services=(nobody,)), prometheus]) == {
        "node-exporter/node-exporter enters prometheus/prometheus"
    }
    assert "zabbix-agent/agent enters zabbix/server" in ways_in(
        [replace(agent, services=(zabbix,)), app("zabbix")]
    )
    assert ways_in([replace(exporter, services=(tracer,)), app("outline")])
    assert ways_in([replace(app("cadvisor"), services=(root,)), app("onlyoffice")])
