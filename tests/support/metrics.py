"""Which metrics the alert rules ask for, and who exports each."""

import re
from collections.abc import Iterator
from typing import Any

from tasks.settings import ROOT
from tests.support.yaml_text import read_yaml

EXPORTED: dict[str, set[str]] = {
    "prometheus itself": {"up"},
    "files/host/containers.sh": {
        "guildhall_container_exit_code",
        "guildhall_container_healthy",
        "guildhall_container_restarts_total",
        "guildhall_container_running",
        "guildhall_container_started_seconds",
        "guildhall_reboot_required",
        "guildhall_unit_failed",
    },
    "onhost/metrics.py": {
        "guildhall_app_edited_files",
        "guildhall_deploy_succeeded",
        "guildhall_deploy_time_seconds",
    },
    "tasks/plan/drift.py": {"guildhall_drift", "guildhall_drift_checked_seconds"},
    "node-exporter": {
        "node_filesystem_avail_bytes",
        "node_filesystem_files",
        "node_filesystem_files_free",
        "node_filesystem_readonly",
        "node_filesystem_size_bytes",
        "node_memory_MemAvailable_bytes",
        "node_memory_MemTotal_bytes",
        "node_textfile_mtime_seconds",
        "node_textfile_scrape_error",
        "node_timex_maxerror_seconds",
        "node_timex_sync_status",
        "node_vmstat_oom_kill",
    },
    "cadvisor": {"container_cpu_usage_seconds_total"},
    "blackbox": {"probe_duration_seconds", "probe_ssl_earliest_cert_expiry", "probe_success"},
    "traefik": {"traefik_service_requests_total"},
    # grafana/alloy 1b8a1ee6, internal/component/common/loki/client/metrics.go and process/stages/limit.go
    "alloy": {
        "loki_process_dropped_lines_by_label_total",
        "loki_write_dropped_entries_total",
        "loki_write_sent_entries_total",
    },
    # grafana/loki v3.7.6, pkg/ruler/base/manager_metrics.go
    "loki": {
        "loki_prometheus_notifications_errors_total",
        "loki_prometheus_rule_evaluation_failures_total",
        "loki_prometheus_rule_evaluations_total",
    },
    "postgres-exporter": {
        "pg_settings_max_connections",
        "pg_settings_superuser_reserved_connections",
        "pg_stat_database_numbackends",
    },
    "redis-exporter": {
        "redis_instance_info",
        "redis_memory_max_bytes",
        "redis_memory_used_bytes",
        "redis_up",
    },
    "prometheus": {
        "prometheus_config_last_reload_successful",
        "prometheus_rule_evaluation_failures_total",
        "prometheus_sd_file_read_errors_total",
    },
    "alertmanager": {
        "alertmanager_config_last_reload_successful",
        "alertmanager_notifications_failed_total",
    },
}
"""By who exports it: what alerts use, and no more. tests/lab/test_runbooks.py asks the lab's programs."""
ONLY_WHEN_ILL = {
    "guildhall_container_exit_code",
    "guildhall_drift",
    "guildhall_drift_checked_seconds",
    "guildhall_unit_failed",
    "alertmanager_notifications_failed_total",
}
"""Series that a healthy site does not have; of the next to last, where nobody looks at night."""
UNTOLD = {"loki_process_dropped_lines_by_label_total", *EXPORTED["loki"]}
"""What the lab does not tell: its Alloy leaves no flood out, its Loki has no ruler."""
KEYWORDS = {"and", "or", "unless", "by", "on", "group_left", "bool", "offset"}


def rules() -> Iterator[dict[str, Any]]:
    """Every alert of the project."""
    for file in sorted((ROOT / "files/prometheus/rules").glob("*.yml")):
        for group in read_yaml(file.read_text())["groups"]:
            yield from group["rules"]


def of_lines() -> set[str]:
    """The alerts that Loki works out, by name."""
    files = [path for room in ("files", "templates") for path in (ROOT / room / "loki/rules").iterdir()]
    return {name for path in files for name in re.findall(r"alert: (\w+)", path.read_text())}


def asked(expression: str) -> set[str]:
    """The metrics of an expression in PromQL."""
    plain = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|on|ignoring|group_left)\s*\([^)]*\)', " ", expression)
    return set(re.findall(r"\b[a-zA-Z_]\w*\b(?!\s*\()", plain)) - KEYWORDS
