"""Alerts fire on what programs really say: rules and routes in Prometheus' and Alertmanager's own tools."""

import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.model import Site
from tasks.settings import ROOT
from tests.support.site import app, release_of

Firing = Callable[..., list[set[str]]]

RULES = sorted(str(path) for path in (ROOT / "files/prometheus/rules").glob("*.yml"))
HOST = '{host="management"}'
CONTAINER = '{app="n8n", service="n8n", container="n8n-n8n-1", host="management"}'
STORE = '{app="redis", service="redis", container="redis-redis-1", host="authentik-prod"}'
TOLD = '{file="/host/var/lib/guildhall/metrics/containers.prom", host="management"}'
DISK = '{fstype="ext4", mountpoint="/", host="management"}'
PAGE = '{instance="https://n8n.example.cc/", app="n8n", host="management"}'
ROUTE = 'service="n8n@file", job="traefik", host="management"'
POSTGRES = '{instance="p", host="management"}'
REDIS = '{job="outline", instance="r", host="tools-prod"}'
QUEUES = 'redis_instance_info{maxmemory_policy="noeviction", job="outline", instance="r", host="tools-prod"}'
FLOOD = 'loki_process_dropped_lines_by_label_total{label_name="app", label_value="n8n", host="management"}'


@pytest.fixture
def firing(promtool: Path, tmp_path: Path) -> Firing:
    return lambda series, *minutes: fired(promtool, tmp_path, series, minutes or (30,))


def fired(
    promtool: Path, tmp_path: Path, series: dict[str, str], minutes: Iterable[int], interval: str = "1m"
) -> list[set[str]]:
    """The alerts that fire at each of the minutes, Heartbeat aside; of each series, a value an interval."""
    query = 'count by (alertname) (ALERTS{alertstate="firing", alertname!="Heartbeat"})'
    looks = [{"expr": query, "eval_time": f"{minute}m", "exp_samples": []} for minute in minutes]
    test: dict[str, Any] = {
        "interval": interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": looks,
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": RULES, "evaluation_interval": interval, "tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = {
        lasted(time): set(re.findall(r'alertname="(\w+)"', got))
        for time, got in re.findall(r"time: (\w+),.*?got:(.*?)(?=expr:|\Z)", said, re.DOTALL)
    }
    assert done.returncode == 0 or found, said
    return [found.get(minute, set()) for minute in minutes]


def lasted(text: str) -> int:
    """Minutes, of Prometheus' `1d2h3m`."""
    unit = {"d": 1440, "h": 60, "m": 1}
    return sum(int(number) * unit[letter] for number, letter in re.findall(r"(\d+)([dhm])", text))


GOOD = 9
"""Minutes that all is well before something is not."""
WELL = {
    'up{job="node-exporter", host="management"}': "1",
    'up{job="cadvisor", host="management"}': "1",
    'up{job="loki", host="management"}': "1",
    f"node_textfile_mtime_seconds{TOLD}": "0+60",
    f"node_textfile_scrape_error{HOST}": "0",
    f"guildhall_container_running{CONTAINER}": "1",
    f"guildhall_container_started_seconds{CONTAINER}": "1",
    f"guildhall_container_healthy{CONTAINER}": "1",
    f"guildhall_container_restarts_total{CONTAINER}": "0",
    f"guildhall_reboot_required{HOST}": "0",
    'guildhall_deploy_succeeded{app="n8n", result="deployed", host="management"}': "1",
    'guildhall_deploy_time_seconds{app="n8n", host="management"}': "1",
    'guildhall_app_edited_files{app="n8n", host="management"}': "0",
    f"guildhall_drift_checked_seconds{HOST}": "60",
    f"node_timex_sync_status{HOST}": "1",
    f"node_timex_maxerror_seconds{HOST}": "0.1",
    f"node_memory_MemAvailable_bytes{HOST}": "50",
    f"node_memory_MemTotal_bytes{HOST}": "100",
    f"node_vmstat_oom_kill{HOST}": "0",
    f"node_filesystem_avail_bytes{DISK}": "50",
    f"node_filesystem_size_bytes{DISK}": "100",
    f"node_filesystem_readonly{DISK}": "0",
    f"node_filesystem_files_free{DISK}": "50",
    f"node_filesystem_files{DISK}": "100",
    f"probe_success{PAGE}": "1",
    'probe_success{module="login", app="n8n", host="authentik-prod"}': "1",
    f"probe_duration_seconds{PAGE}": "0.2",
    f"probe_ssl_earliest_cert_expiry{PAGE}": "9000000",
    f'traefik_service_requests_total{{code="200", {ROUTE}}}': "0+60",
    f'traefik_service_requests_total{{code="502", {ROUTE}}}': "0",
    f"loki_write_sent_entries_total{HOST}": "0+60",
    f"loki_write_dropped_entries_total{HOST}": "0",
    FLOOD: "0",
    f"loki_prometheus_rule_evaluation_failures_total{HOST}": "0",
    f"loki_prometheus_rule_evaluations_total{HOST}": "0+2",
    f"loki_prometheus_notifications_errors_total{HOST}": "0",
    'up{job="postgres-exporter", instance="p", host="management"}': "1",
    f"pg_settings_max_connections{POSTGRES}": "103",
    f"pg_settings_superuser_reserved_connections{POSTGRES}": "3",
    f"pg_stat_database_numbackends{POSTGRES}": "50",
    f"redis_up{REDIS}": "1",
    f"redis_memory_used_bytes{REDIS}": "50",
    f"redis_memory_max_bytes{REDIS}": "100",
    QUEUES: "1",
    'container_cpu_usage_seconds_total{host="management", container_id="0af"}': "0+1",
    'prometheus_rule_evaluation_failures_total{rule_group="hosts"}': "0",
    f"prometheus_sd_file_read_errors_total{HOST}": "0",
    'prometheus_config_last_reload_successful{job="prometheus", host="management"}': "1",
    'alertmanager_config_last_reload_successful{job="alertmanager", host="management"}': "1",
    'alertmanager_notifications_failed_total{integration="email"}': "0",
}
"""Series: its value, or the first one and what is added a minute."""


def test_nothing_fires_where_all_is_well(firing: Firing) -> None:
    assert firing({name: f"{value}x60" for name, value in WELL.items()}) == [set()]


def course(well: str, ill: str, minutes: int, after: int) -> str:
    """What a series is: well, then ill for some minutes, then well; `_` is no value at all."""
    values, value = [], 0.0
    for pattern, count in ((well, GOOD), (ill, minutes), (well, after)):
        start, _, step = pattern.partition("+")
        if start == "_":
            values.append(f"_x{count}")  # what is counted meanwhile nobody hears
            value += float(well.partition("+")[2] or 0) * count
        elif step or value:  # it counts, and goes on from where it stands
            values.append(f"{value:g}+{step or 0}x{count - 1}")
            value += float(step or 0) * count
        else:
            values.append(f"{start}x{count - 1}")
    return " ".join(values)


Told = dict[str, str]
# Each alert: what is ill, for how many minutes, and how long it takes then until the alert is gone.
# A series of WELL is named by its beginning.
FAULTS: list[tuple[str, Told, int, int]] = [
    ("HostDown", {'up{job="node-exporter"': "0"}, 9, 9),
    ("DiskAlmostFull", {"node_filesystem_avail_bytes": "9", 'up{job="loki"': "_"}, 20, 9),
    ("LogsSoonRefused", {"node_filesystem_avail_bytes": "15"}, 20, 9),
    ("MemoryShort", {"node_memory_MemAvailable_bytes": "5"}, 20, 9),
    ("KilledForWantOfMemory", {"node_vmstat_oom_kill": "0+1"}, 9, 30),
    # The offset that the kernel tells never passes half a second; the error does.
    ("ClockWrong", {"node_timex_sync_status": "0", "node_timex_maxerror_seconds": "16"}, 20, 9),
    ("InodesShort", {"node_filesystem_files_free": "5"}, 20, 9),
    ("FileSystemReadOnly", {"node_filesystem_readonly": "1"}, 9, 9),
    ("UnitFailed", {'guildhall_unit_failed{unit="a.service", host="management"}': "1"}, 9, 9),
    ("ProbeFailing", {"probe_success{instance": "0"}, 9, 9),
    ("LoginFailing", {"probe_success{module": "0"}, 9, 9),
    ("PageSlow", {"probe_duration_seconds": "9"}, 25, 20),
    ("PagesFailing", {'traefik_service_requests_total{code="502"': "0+9"}, 25, 20),
    ("CertificateExpiring", {"probe_ssl_earliest_cert_expiry": "90000"}, 70, 9),
    ("TargetDown", {'up{job="cadvisor"': "0"}, 9, 9),
    ("TargetsMissing", {'up{job="node-exporter"': "_"}, 15, 9),
    ("TargetsMissing", {"prometheus_sd_file_read_errors_total": "0+1"}, 9, 30),
    ("MetricsNotRead", {"node_textfile_scrape_error": "1"}, 15, 9),
    ("ContainerUnhealthy", {"guildhall_container_healthy": "0"}, 15, 9),
    (
        "ContainerNotRunning",
        {"guildhall_container_running": "0", f"guildhall_container_exit_code{CONTAINER}": "137"},
        3,
        9,
    ),
    (
        "ContainerNeverStarted",
        {"guildhall_container_running": "0", "guildhall_container_started_seconds": "_"},
        30,
        9,
    ),
    ("LoginsRefused", {f"guildhall_container_running{STORE}": "0"}, 3, 9),
    ("LoginsRefused", {f"guildhall_container_healthy{STORE}": "0"}, 3, 9),
    ("ContainerRestarting", {"guildhall_container_restarts_total": "0+1"}, 9, 40),
    ("LogsDropped", {"loki_write_dropped_entries_total": "0+9"}, 9, 30),
    ("LogsSilent", {"loki_write_sent_entries_total": "0+0"}, 60, 9),
    ("LinesLeftOut", {FLOOD: "0+60"}, 9, 30),
    ("LogRulesFailing", {"loki_prometheus_rule_evaluation_failures_total": "0+2"}, 25, 20),
    ("LogRulesFailing", {"loki_prometheus_notifications_errors_total": "0+1"}, 15, 9),
    ("DatabaseDown", {"pg_settings_max_connections": "_"}, 9, 9),
    ("ConnectionsShort", {"pg_stat_database_numbackends": "85"}, 9, 9),
    ("RedisDown", {"redis_up": "0"}, 9, 9),
    ("RedisFull", {"redis_memory_used_bytes": "95"}, 15, 9),
    ("ContainersNotTold", {"node_textfile_mtime_seconds": "_"}, 15, 9),
    ("ContainersNotMeasured", {"container_cpu_usage_seconds_total": "_"}, 20, 9),
    ("RulesFailing", {"prometheus_rule_evaluation_failures_total": "0+1"}, 9, 30),
    ("ConfigurationNotRead", {"prometheus_config_last_reload_successful": "0"}, 9, 9),
    ("ConfigurationNotRead", {"alertmanager_config_last_reload_successful": "0"}, 9, 9),
    ("AlertsNotDelivered", {"alertmanager_notifications_failed_total": "0+1"}, 9, 30),
    (
        "DeployFailed",
        {"guildhall_deploy_succeeded": "0", "guildhall_deploy_time_seconds": "90"},
        9,
        9,
    ),
    ("FilesEdited", {"guildhall_app_edited_files": "2"}, 20, 9),
    ("HostDrifted", {'guildhall_drift{part="kernel: parameters", host="management"}': "1"}, 3, 9),
    ("NightlyOverdue", {"guildhall_drift_checked_seconds": "-129600"}, 70, 9),
]


def named(ill: Told) -> Told:
    """With whole names: a beginning is that of the one series of WELL that begins so."""
    whole = {}
    for name, value in ill.items():
        (found,) = [each for each in WELL if each.startswith(name)] or [name]
        whole[found] = value
    return whole


@pytest.mark.parametrize(("alert", "ill", "minutes", "after"), FAULTS)
def test_an_alert_fires_on_what_the_programs_say_and_goes_when_it_is_over(
    firing: Firing, alert: str, ill: Told, minutes: int, after: int
) -> None:
    series = {
        name: course(WELL.get(name, "_"), value, minutes, after)
        for name, value in (WELL | named(ill)).items()
    }
    before, then = GOOD - 1, GOOD + minutes - 1

    assert firing(series, before, then, then + after) == [set(), {alert}, set()]


def test_no_alert_is_left_out() -> None:
    groups = [group for path in RULES for group in yaml.safe_load(Path(path).read_text())["groups"]]
    written = {rule["alert"] for group in groups for rule in group["rules"]}

    assert written - {"Heartbeat", "DiskFull", "DiskFillsUp", "RebootOverdue"} == {
        alert for alert, *_ in FAULTS
    }


def held() -> Told:
    return {name: f"{value}x600" for name, value in WELL.items()}


def test_an_update_may_wait_a_week_for_its_new_start(promtool: Path, tmp_path: Path) -> None:
    series = {f"guildhall_reboot_required{HOST}": "0x9 1x240 0x9"}
    found = fired(promtool, tmp_path, series, [60 * 190, 60 * 210, 60 * 255], "1h")

    assert ["RebootOverdue" in each for each in found] == [False, True, False]


def test_a_disk_that_is_full_is_said_as_well_as_that_it_fills_up(firing: Firing) -> None:
    disk = f"node_filesystem_avail_bytes{DISK}"

    assert firing(held() | {disk: "49-0.1x600"}, 500) == [
        {"DiskFillsUp", "LogsSoonRefused", "DiskAlmostFull", "DiskFull"}
    ]
    assert firing(held() | {disk: "49-0.03x600"}, 480) == [{"DiskFillsUp"}]
    assert firing(held() | {disk: "49-0.005x600"}, 480) == [set()]


def test_a_deploy_after_the_last_look_settles_what_had_moved(firing: Firing) -> None:
    moved = {'guildhall_drift{app="n8n", moved="host", host="management"}': "1x60"}
    later = {'guildhall_deploy_time_seconds{app="n8n", host="management"}': "1x20 600x40"}

    assert firing(held() | moved | later, 15, 25) == [{"HostDrifted"}, set()]


def test_a_deploy_that_failed_is_settled_by_a_look_that_finds_nothing_to_do(firing: Firing) -> None:
    failed = named({"guildhall_deploy_succeeded": "0x60", "guildhall_deploy_time_seconds": "90x60"})
    looked = named({"guildhall_drift_checked_seconds": "60x19 1200x40"})
    moved = {'guildhall_drift{app="n8n", moved="repository", host="management"}': "1x60"}

    assert firing(held() | failed | looked, 15, 25) == [{"DeployFailed"}, set()]
    assert firing(held() | failed | looked | moved, 25) == [{"DeployFailed", "HostDrifted"}]


def test_what_a_deploy_has_made_and_not_yet_started_is_no_alert_of_its_own(firing: Firing) -> None:
    made = {"guildhall_container_running": "0x60", "guildhall_container_started_seconds": "_x60"}
    ended = {f"guildhall_container_exit_code{CONTAINER}": "0x60"}

    assert firing(held() | named(made) | ended, 15) == [set()]


def test_what_was_always_read_only_is_meant_to_be(firing: Firing) -> None:
    assert firing(held() | {f"node_filesystem_readonly{DISK}": "1x600"}, 500) == [set()]


def test_a_click_on_something_broken_is_no_alert(firing: Firing) -> None:
    broken = f'traefik_service_requests_total{{{ROUTE}, code="502"}}'

    assert firing(held() | {broken: "0x20 1x60"}, 25) == [set()]


def test_a_host_that_has_stopped_telling_of_its_containers_is_said(firing: Firing) -> None:
    assert firing(held() | {f"node_textfile_mtime_seconds{TOLD}": "0x60"}) == [{"ContainersNotTold"}]


def test_only_the_host_of_the_logs_is_warned_early_of_its_disk(firing: Firing) -> None:
    without = {name: values for name, values in held().items() if "loki" not in name}

    assert firing(without | {f"node_filesystem_avail_bytes{DISK}": "15x60"}) == [set()]


def test_a_rule_on_lines_that_fails_once_is_no_alert(firing: Firing) -> None:
    failures = f"loki_prometheus_rule_evaluation_failures_total{HOST}"

    assert firing(held() | {failures: "0x20 3x60"}, 25, 34) == [set(), set()]


def test_a_cache_that_is_full_makes_room_by_itself(firing: Firing) -> None:
    cache = {QUEUES.replace("noeviction", "volatile-lru"): "1x60", f"redis_memory_used_bytes{REDIS}": "99x60"}
    without = {name: values for name, values in held().items() if name != QUEUES}

    assert firing(without | cache) == [set()]


def test_of_a_redis_that_does_not_run_one_alert_tells(firing: Firing) -> None:
    stopped = CONTAINER.replace("n8n", "redis").replace("management", "tools-prod")
    series = {f"redis_up{REDIS}": "0x60", f"guildhall_container_running{stopped}": "0x60"}

    assert "RedisDown" not in firing(held() | series)[0]


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
