"""Alerts fire on what programs really say: rules and routes in Prometheus' and Alertmanager's own tools."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.model import Site
from tasks.settings import ROOT
from tests.support.site import app, release_of

Firing = Callable[[dict[str, str]], set[str]]

RULES = sorted(str(path) for path in (ROOT / "files/prometheus/rules").glob("*.yml"))
CONTAINER = '{app="n8n", service="n8n", container="n8n-n8n-1", host="management"}'
STORE = '{app="redis", service="redis", container="redis-redis-1", host="authentik-prod"}'
TOLD = '{file="/host/var/lib/guildhall/metrics/containers.prom", host="management"}'
NODE = 'up{job="node-exporter", host="management"}'
CADVISOR = 'host="management", container_id="0af"'
MEASURED = f"container_cpu_usage_seconds_total{{{CADVISOR}}}"
DISK = '{fstype="ext4", mountpoint="/", host="management"}'


@pytest.fixture
def firing(promtool: Path, tmp_path: Path) -> Firing:
    return lambda series: fired(promtool, tmp_path, series)


def fired(promtool: Path, tmp_path: Path, series: dict[str, str], *, minutes: int = 30) -> set[str]:
    """Names of the alerts that fire in the end, Heartbeat aside; of each series, its values a minute."""
    query = 'count by (alertname) (ALERTS{alertstate="firing", alertname!="Heartbeat"})'
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": f"{minutes}m", "exp_samples": []}],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": RULES, "evaluation_interval": "1m", "tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0 or "got:" in said, said
    return set(re.findall(r'alertname="(\w+)"', said.partition("got:")[2]))


WELL = {
    NODE: "1x60",
    f"node_textfile_mtime_seconds{TOLD}": "0+60x60",
    f"guildhall_container_running{CONTAINER}": "1x60",
    f"guildhall_container_healthy{CONTAINER}": "1x60",
    f"guildhall_container_restarts_total{CONTAINER}": "0x60",
    'node_timex_sync_status{host="management"}': "1x60",
    'node_timex_maxerror_seconds{host="management"}': "0.1x60",
    'up{job="loki", host="management"}': "1x60",
    f"node_filesystem_avail_bytes{DISK}": "50x60",
    f"node_filesystem_size_bytes{DISK}": "100x60",
    f"node_filesystem_readonly{DISK}": "0x60",
    'up{job="cadvisor", host="management"}': "1x60",
    MEASURED: "0+1x60",
}


def test_nothing_fires_where_all_is_well(firing: Firing) -> None:
    assert firing(WELL) == set()


@pytest.mark.parametrize(
    ("alert", "changes"),
    [
        ("ContainerUnhealthy", {f"guildhall_container_healthy{CONTAINER}": "1 0x60"}),
        ("ContainerNotRunning", {f"guildhall_container_running{CONTAINER}": "1 0x60"}),
        ("LoginsRefused", {f"guildhall_container_running{STORE}": "1x27 0x60"}),
        ("LoginsRefused", {f"guildhall_container_healthy{STORE}": "1x27 0x60"}),
        ("ContainerRestarting", {f"guildhall_container_restarts_total{CONTAINER}": "0+1x60"}),
        ("ContainersNotTold", {f"node_textfile_mtime_seconds{TOLD}": "0x60"}),
        (
            "ContainersNotMeasured",
            {
                MEASURED: "_x60",
            },
        ),
        # The offset that the kernel tells never passes half a second; the error does.
        (
            "ClockWrong",
            {
                'node_timex_sync_status{host="management"}': "0x60",
                'node_timex_maxerror_seconds{host="management"}': "16x60",
                'node_timex_offset_seconds{host="management"}': "0.5x60",
            },
        ),
        ("LogsDropped", {'loki_write_dropped_entries_total{host="management", reason="x"}': "0+9x60"}),
        ("LogsSoonRefused", {f"node_filesystem_avail_bytes{DISK}": "15x60"}),
        ("HostDown", {NODE: "1 0x60"}),
    ],
)
def test_an_alert_fires_on_what_the_programs_say(firing: Firing, alert: str, changes: dict[str, str]) -> None:
    assert firing(WELL | changes) == {alert}


def test_a_host_that_tells_nothing_of_its_containers_is_said(firing: Firing) -> None:
    silent = {name: values for name, values in WELL.items() if "textfile" not in name}

    assert firing(silent) == {"ContainersNotTold"}


def test_only_the_host_of_the_logs_is_warned_early_of_its_disk(firing: Firing) -> None:
    without = {name: values for name, values in WELL.items() if "loki" not in name}

    assert firing(without | {f"node_filesystem_avail_bytes{DISK}": "15x60"}) == set()


def receiver(amtool: Path, config: Path, *labels: str) -> str:
    """Where an alert of these labels goes, by Alertmanager's own tool."""
    words = [str(amtool), "config", "routes", "test", f"--config.file={config}", *labels]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("outside", ["", "https://alive.example.net/guildhall"])
def test_the_heartbeat_is_mailed_to_nobody(amtool: Path, site: Site, tmp_path: Path, outside: str) -> None:
    made = release_of(app("alertmanager"), replace(site, heartbeat_url=outside, alerts_webhook=outside))
    config = tmp_path / "alertmanager.yml"
    config.write_bytes(made.files["alertmanager.yml"])
    subprocess.run([amtool, "check-config", str(config)], capture_output=True, check=True)

    assert receiver(amtool, config, "alertname=Heartbeat", "severity=warning") == "heartbeat"
    assert (
        receiver(amtool, config, "alertname=HostDown", "severity=critical", "host=management") == "operators"
    )
