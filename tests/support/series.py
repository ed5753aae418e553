"""What dashboards draw: of each metric one series, with the labels that it has."""

import re
from typing import Final

VALUES: Final = "0+1x600"
"""Of a series without a value of its own: it counts."""
CONTAINER = 'app="n8n",service="n8n",container="n8n-n8n-1",host="management"'
STORE = 'app="redis",service="redis",container="redis-redis-1",host="authentik-prod"'
KEEPER = 'app="traefik",service="keeper",container="traefik-keeper-1",host="management"'
ID = 'container_id="0af",host="management"'
DISK = 'device="/dev/sda1",fstype="ext4",mountpoint="/",host="management"'
DEVICE = 'device="sda",host="management"'
PAGE = 'instance="https://gateway.example.org/",app="authentik",host="authentik-prod"'
ROUTE = 'service="authentik-1@file",method="GET",protocol="http",host="authentik-prod"'

OWN: Final = f"""
guildhall_container_running{{{CONTAINER}}}
guildhall_container_healthy{{{CONTAINER}}}
guildhall_container_healthy{{{STORE}}}
guildhall_container_healthy{{{KEEPER}}}
guildhall_container_restarts_total{{{CONTAINER}}}
guildhall_container_exit_code{{{CONTAINER}}}
guildhall_container_started_seconds{{{CONTAINER}}}
guildhall_container_id{{app="n8n",service="n8n",{ID}}}
guildhall_unit_failed{{unit="a.service",host="management"}} 1x600
guildhall_reboot_required{{host="management"}}
guildhall_app_info{{app="n8n",revision="0af",commit="1b2",host="management"}} 1x600
guildhall_app_edited_files{{app="n8n",host="management"}}
guildhall_deploy_succeeded{{app="n8n",result="deployed",host="management"}} 1x600
guildhall_deploy_time_seconds{{app="n8n",host="management"}}
guildhall_drift{{app="n8n",moved="host",host="management"}} 1x600
guildhall_drift_checked_seconds{{host="management"}}
"""
"""What the host itself tells."""
OTHERS: Final = {
    "prometheus/prometheus v3.16.0, rules/alerting.go": """
        up{job="node-exporter",host="management"} 1x600
        ALERTS{alertname="HostDown",alertstate="firing",severity="critical",host="management"} 1x600
        ALERTS_FOR_STATE{alertname="HostDown",severity="critical",host="management"}
        prometheus_config_last_reload_successful{job="prometheus",host="management"}""",
    "prometheus/alertmanager v0.34.0, config/coordinator.go": """
        alertmanager_config_last_reload_successful{job="alertmanager",host="management"}""",
    "prometheus/node_exporter v1.12.1, collector": f"""
        node_boot_time_seconds{{host="management"}}
        node_cpu_seconds_total{{cpu="0",mode="idle",host="management"}}
        node_memory_MemAvailable_bytes{{host="management"}}
        node_memory_MemTotal_bytes{{host="management"}}
        node_filesystem_avail_bytes{{{DISK}}}
        node_filesystem_size_bytes{{{DISK}}}
        node_filesystem_files{{{DISK}}}
        node_filesystem_files_free{{{DISK}}}
        node_disk_io_time_seconds_total{{{DEVICE}}}
        node_disk_read_bytes_total{{{DEVICE}}}
        node_disk_written_bytes_total{{{DEVICE}}}
        node_network_receive_bytes_total{{{DEVICE}}}
        node_network_transmit_bytes_total{{{DEVICE}}}
        node_timex_maxerror_seconds{{host="management"}}
        node_vmstat_oom_kill{{host="management"}}""",
    "google/cadvisor v0.60.5, lib/metrics/prometheus.go": f"""
        container_cpu_usage_seconds_total{{cpu="total",{ID}}}
        container_memory_working_set_bytes{{{ID}}}
        container_spec_memory_limit_bytes{{{ID}}}""",
    "prometheus/blackbox_exporter v0.28.0, prober": f"""
        probe_success{{{PAGE}}}
        probe_success{{module="login",instance="the login to n8n",app="n8n",host="authentik-prod"}}
        probe_duration_seconds{{{PAGE}}}
        probe_ssl_earliest_cert_expiry{{{PAGE}}}""",
    "traefik/traefik v3.7.9, pkg/observability/metrics/prometheus.go": f"""
        traefik_service_requests_total{{code="500",{ROUTE}}}
        traefik_service_request_duration_seconds_bucket{{code="200",le="0.3",{ROUTE}}}
        traefik_service_request_duration_seconds_bucket{{code="200",le="+Inf",{ROUTE}}}
        traefik_service_responses_bytes_total{{code="200",{ROUTE}}}
        traefik_open_connections{{entrypoint="websecure",protocol="TCP",host="management"}}
        traefik_tls_certs_not_after{{cn="",sans="n8n.example.cc",serial="1",host="management"}}""",
    "grafana/alloy v1.19.0-rc.3, internal/component/loki/process/stages/limit.go": """
        loki_process_dropped_lines_by_label_total{label_name="app",label_value="n8n",host="management"}""",
    "grafana/alloy v1.19.0-rc.3, internal/component/common/loki/client/metrics.go": """
        loki_write_sent_entries_total{exported_host="10.0.0.5:3100",host="management"}
        loki_write_dropped_entries_total{exported_host="10.0.0.5:3100",reason="line_too_long",host="management"}""",
    "grafana/loki v3.7.6, pkg/loghttp/push/push.go, pkg/validation/validate.go": """
        loki_distributor_lines_received_total{tenant="fake"}
        loki_discarded_samples_total{reason="rate_limited",tenant="fake"}""",
    "goauthentik/authentik version/2026.2.2, internal/web/metrics.go, authentik/tasks/signals.py": """
        authentik_main_request_duration_seconds_bucket{dest="core",le="0.1"}
        authentik_main_request_duration_seconds_bucket{dest="core",le="+Inf"}
        authentik_tasks_queued{queue_name="default",actor_name="mail"}""",
    "prometheus-community/postgres_exporter v0.20.1, collector": """
        pg_settings_max_connections{} 100x600
        pg_settings_superuser_reserved_connections{} 3x600
        pg_database_size_bytes{datname="n8n"}
        pg_stat_activity_max_tx_duration{datname="n8n",state="active"}
        pg_stat_database_numbackends{datid="1",datname="n8n"}
        pg_stat_database_xact_commit{datid="1",datname="n8n"}
        pg_stat_database_xact_rollback{datid="1",datname="n8n"}
        pg_stat_database_blks_hit{datid="1",datname="n8n"}
        pg_stat_database_blks_read{datid="1",datname="n8n"}
        pg_stat_database_deadlocks{datid="1",datname="n8n"}""",
    "oliver006/redis_exporter v1.88.0, exporter/exporter.go": """
        redis_up{job="redis",host="authentik-prod"}
        redis_memory_used_bytes{job="redis",host="authentik-prod"}
        redis_memory_max_bytes{job="redis",host="authentik-prod"}
        redis_commands_processed_total{job="redis",host="authentik-prod"}""",
}
"""What programs tell, by the files that say so; a label `host` of their own becomes `exported_host`."""


def series() -> dict[str, str]:
    """Each of them with its values over ten hours, as promtool writes them."""
    texts = [line.strip() for text in (OWN, *OTHERS.values()) for line in text.splitlines() if line.strip()]
    parts = (re.fullmatch(r"(.+\})(?: (\S+))?", text) for text in texts)
    return {part[1]: part[2] or VALUES for part in parts if part}


def names(text: str) -> set[str]:
    """The metrics among these series."""
    return set(re.findall(r"^\s*(\w+)\{", text, re.MULTILINE))
