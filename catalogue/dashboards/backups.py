from catalogue.dashboards.panels import Board, counted, logged, number, states
from catalogue.dashboards.site import DISK

PRESSED = '{app="wobbler"} |~ `Calling script .+[.] User`'
KEPT = 'guildhall_container_healthy{app="traefik",service="keeper"}'
USED = f"node_filesystem_size_bytes{{{DISK}}} - node_filesystem_avail_bytes"

BOARD = Board(
    uid="backups",
    title="Backups",
    sentence="When somebody saved what no clock saves, and how much there is to save.",
    panels=(
        number("Pressed in a week", "short", source="loki", bad_below=1).show(
            "How often one of Wobbler's buttons was pressed in seven days.",
            f"sum(count_over_time({PRESSED} [7d])) or vector(0)",
        ),
        number("Certificates are kept", "bool_yes_no", bad_below=1, leads_to="programs").show(
            "Whether every edge has copied its certificates to their bucket.", f"min({KEPT})"
        ),
        number("All databases", "bytes", leads_to="databases").show(
            "What all databases of PostgreSQL take together: so large their backups may get.",
            "sum(pg_database_size_bytes)",
        ),
        number("All disks", "bytes", leads_to="hosts").show(
            "What is in use on the disks of all servers: so large their snapshots may get.",
            f"sum(max by (host, device) ({USED}))",
        ),
        counted("Buttons pressed", "short", by="script").show(
            "How often each of Wobbler's buttons was pressed, within a day each.",
            f"sum by (script) (count_over_time({PRESSED} | regexp `script (?P<script>.+)[.] User` [1d]))",
        ),
        states("Certificates copied", by="host app service", width=12).show(
            "When each edge had copied its certificates to their bucket.", KEPT
        ),
        logged("Wobbler").show("Who pressed which button, and what went wrong.", '{app="wobbler"}'),
    ),
)
