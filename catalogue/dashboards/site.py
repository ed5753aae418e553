from catalogue.dashboards.panels import Board, number, states, table

FIRING = 'ALERTS{alertstate="firing",alertname!="Heartbeat"}'
ILL = 'guildhall_container_running{app!=""} == 0 or guildhall_container_healthy{app!=""} == 0'
DISK = 'fstype!~"tmpfs|ramfs|overlay|squashfs"'

BOARD = Board(
    uid="site",
    title="Site at a glance",
    sentence="What is wrong, what is slow, what ends soon, and what was deployed last.",
    panels=(
        number("Servers that are down", "short", bad_from=1, leads_to="hosts").show(
            "Servers that do not say how they are; HostDown is the alert.",
            'count(up{job="node-exporter"} == 0) or vector(0)',
        ),
        number("Containers that are ill", "short", bad_from=1, leads_to="programs").show(
            "Containers that do not run or are not healthy: broken, or just being started.",
            f"count({ILL}) or vector(0)",
        ),
        number("Addresses that fail", "short", bad_from=1, leads_to="edge").show(
            "Public addresses that cannot be opened, and logins that cannot begin.",
            "count(probe_success == 0) or vector(0)",
        ),
        number("Deploys that failed", "short", bad_from=1, leads_to="deploys").show(
            "Apps whose last deploy was refused, undone or cut off.",
            "count(guildhall_deploy_succeeded == 0) or vector(0)",
        ),
        number("Slowest address", "s", bad_from=5, leads_to="edge").show(
            "How long the slowest public address takes to answer, on average over ten minutes.",
            'max(avg_over_time(probe_duration_seconds{module!="login"}[10m]))',
        ),
        number("First certificate to end", "s", bad_below=14 * 86400, leads_to="edge").show(
            "How long the certificate that ends first is still good; it is renewed 30 days before.",
            "min(probe_ssl_earliest_cert_expiry) - time()",
        ),
        number("Fullest disk", "percentunit", bad_from=0.9, leads_to="hosts").show(
            "How full the fullest disk of any server is.",
            f"max(1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes)",
        ),
        number("Lines lost", "short", bad_from=1, leads_to="logs").show(
            "Lines of the logs that Loki refused for good in the last day.",
            "sum(increase(loki_write_dropped_entries_total[1d])) or vector(0)",
        ),
        table(
            "Firing alerts", "dateTimeFromNow", by="alertname severity host app service", value="since"
        ).show(
            "What is wrong now, by the alerts that people are told of, and since when.",
            "max by (alertname, severity, host, app, service)"
            f" (1000 * ALERTS_FOR_STATE and ignoring (alertstate) {FIRING})",
        ),
        table("Last deploys", "dateTimeFromNow", by="host app result", value="when").show(
            "When each app was last deployed on each server, and how that ended.",
            "1000 * guildhall_deploy_time_seconds"
            " + on (host, app) group_left (result) 0 * guildhall_deploy_succeeded",
        ),
        states("Addresses", by="app instance").show(
            "When each public address could be opened.", 'probe_success{module!="login"}'
        ),
    ),
)
