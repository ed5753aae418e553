"""Alerts fire on what programs really say: rules and routes in Prometheus' and Alertmanager's own tools."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.model import Site
from tasks.settings import ROOT
from tests.support.site import app, release_of

RULES = sorted(str(path) for path in (ROOT / "files/prometheus/rules").glob("*.yml"))
CONTAINER = '{app="n8n", service="n8n", container="n8n-n8n-1", host="management"}'
TOLD = '{file="/host/var/lib/guildhall/metrics/containers.prom", host="management"}'
NODE = 'up{job="node-exporter", host="management"}'
CADVISOR = 'host="management", container_label_com_docker_compose_project="cadvisor"'
MEASURED = f"container_cpu_usage_seconds_total{{{CADVISOR}}}"
DISK = '{fstype="ext4", mountpoint="/", host="management"}'

needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not here: it comes with Debian's package prometheus"
)
needs_amtool = pytest.mark.skipif(
    not shutil.which("amtool"), reason="amtool is not here: it comes with Debian's prometheus-alertmanager"
)


def firing(tmp_path: Path, series: dict[str, str], *, minutes: int = 30) -> set[str]:
    """Names of the alerts that fire in the end, Heartbeat aside; of each series, its values a minute."""
    query = 'count by (alertname) (ALERTS{alertstate="firing", alertname!="Heartbeat"})'
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": f"{minutes}m", "exp_samples": []}],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": RULES, "evaluation_interval": "1m", "tests": [test]}))
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
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


@needs_promtool
def test_nothing_fires_where_all_is_well(tmp_path: Path) -> None:
    assert firing(tmp_path, WELL) == set()


@needs_promtool
@pytest.mark.parametrize(
    ("alert", "changes"),
    [
        ("ContainerUnhealthy", {f"guildhall_container_healthy{CONTAINER}": "1 0x60"}),
        ("ContainerNotRunning", {f"guildhall_container_running{CONTAINER}": "1 0x60"}),
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
def test_an_alert_fires_on_what_the_programs_say(tmp_path: Path, alert: str, changes: dict[str, str]) -> None:
    assert firing(tmp_path, WELL | changes) == {alert}


@needs_promtool
def test_a_host_that_tells_nothing_of_its_containers_is_said(tmp_path: Path) -> None:
    silent = {name: values for name, values in WELL.items() if "textfile" not in name}

    assert firing(tmp_path, silent) == {"ContainersNotTold"}


@needs_promtool
def test_only_the_host_of_the_logs_is_warned_early_of_its_disk(tmp_path: Path) -> None:
    without = {name: values for name, values in WELL.items() if "loki" not in name}

    assert firing(tmp_path, without | {f"node_filesystem_avail_bytes{DISK}": "15x60"}) == set()


def receiver(config: Path, *labels: str) -> str:
    """Where an alert of these labels goes, by Alertmanager's own tool."""
    words = ["amtool", "config", "routes", "test", f"--config.file={config}", *labels]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@needs_amtool
@pytest.mark.parametrize("outside", ["", "https://alive.example.net/guildhall"])
def test_the_heartbeat_is_mailed_to_nobody(site: Site, tmp_path: Path, outside: str) -> None:
    made = release_of(app("alertmanager"), replace(site, heartbeat_url=outside, alerts_webhook=outside))
    config = tmp_path / "alertmanager.yml"
    config.write_bytes(made.files["alertmanager.yml"])
    subprocess.run(["amtool", "check-config", str(config)], capture_output=True, check=True)

    assert receiver(config, "alertname=Heartbeat", "severity=warning") == "heartbeat"
    assert receiver(config, "alertname=HostDown", "severity=critical", "host=management") == "operators"
