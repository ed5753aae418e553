from catalogue.dashboards.panels import Board, lines, logged, states, table

CHOSEN = 'host=~"$host",app=~"$app"'
WHOSE = f"on (host, container_id) group_left (app, service) guildhall_container_id{{{CHOSEN}}}"
"""cAdvisor counts by the kernel's names; the host says whose they are."""
PROCESSOR = 'rate(container_cpu_usage_seconds_total{container_id!=""}[5m])'
MEMORY = 'container_memory_working_set_bytes{container_id!=""}'
LABELS = "host app service"

BOARD = Board(
    uid="programs",
    title="Programs",
    sentence="How each container does: whether it runs, is healthy, and what it takes.",
    variables=("host", "app"),
    panels=(
        states("Runs", by=LABELS).show(
            "When each container ran.", f"guildhall_container_running{{{CHOSEN}}}"
        ),
        states("Healthy", by=LABELS).show(
            "What each container's own health check said; what just starts is not healthy yet.",
            f"guildhall_container_healthy{{{CHOSEN}}}",
        ),
        lines("Processor", "short", by=LABELS).show(
            "How many processors each container keeps busy; 1 is one whole processor.",
            f"sum by (host, app, service) ({PROCESSOR} * {WHOSE})",
        ),
        lines("Memory", "bytes", by=LABELS).show(
            "What each container holds and could not give back.", f"{MEMORY} * {WHOSE}"
        ),
        lines("Memory, share of its limit", "percentunit", by=LABELS, bad_from=0.95).show(
            "At 100 per cent the kernel ends the program; `memory_mb` of its record is the limit.",
            f"{MEMORY} / (container_spec_memory_limit_bytes > 0) * {WHOSE}",
        ),
        lines("Restarts", "short", by=LABELS, bad_from=3).show(
            "How often each container was started anew within an hour; many times is broken.",
            f"increase(guildhall_container_restarts_total{{{CHOSEN}}}[1h])",
        ),
        table("Ended", "short", by=LABELS, value="exit code").show(
            "Containers that do not run, with how they ended: 0 by themselves, 137 killed.",
            f"guildhall_container_exit_code{{{CHOSEN}}}",
        ),
        table("Started", "dateTimeFromNow", by=LABELS, value="when").show(
            "When each container was started the last time.",
            f"1000 * guildhall_container_started_seconds{{{CHOSEN}}}",
        ),
        logged("Errors").show(
            "What these programs log as an error.",
            '{host=~"$host", app=~"$app", app!="", level=~"emerg|alert|crit|error"}',
        ),
    ),
)
