from catalogue.dashboards.panels import Board, counted, lines, logged

LABELS = ("host", "app", "service", "level", "unit")
CHOSEN = "{" + ", ".join(f'{name}=~"${name}"' for name in LABELS) + "} |~ `(?i)$search`"

BOARD = Board(
    uid="logs",
    title="Logs",
    sentence="What servers and programs say, and whether all of it arrives.",
    variables=("host", "app", "service", "level", "unit", "search"),
    choices="loki",
    panels=(
        counted("Lines by app", "cps", by="app").show(
            "How many lines each app logs; the servers' own have no app.",
            f"sum by (app) (rate({CHOSEN} [5m]))",
        ),
        counted("Lines by level", "cps", by="level").show(
            "How many lines are logged of each level, from debug to emerg.",
            f"sum by (level) (rate({CHOSEN} [5m]))",
        ),
        logged("Lines", height=20).show("The lines themselves, the newest first.", CHOSEN),
        lines("Lines that arrive", "cps", by="host").show(
            "Lines that each server sends to Loki; half an hour without any is an alert.",
            "sum by (host) (rate(loki_write_sent_entries_total[5m]))",
        ),
        lines("Lines that are lost", "short", by="host reason", bad_from=1).show(
            "Lines that Loki refused for good within an hour; the server's journal still has them.",
            "sum by (host, reason) (increase(loki_write_dropped_entries_total[1h]))",
        ),
        lines("Lines of floods", "short", by="host label_value", bad_from=1).show(
            "Lines that a server kept to itself within an hour, because an app or a unit said far too many.",
            "sum by (host, label_value) (increase(loki_process_dropped_lines_by_label_total[1h]))",
        ),
        lines("What Loki takes", "cps").show(
            "Lines that Loki takes in, of all servers together.",
            "sum(rate(loki_distributor_lines_received_total[5m]))",
        ),
        lines("What Loki refuses", "cps", by="reason").show(
            "Lines that Loki refuses, and why: some are sent again, some are lost.",
            "sum by (reason) (rate(loki_discarded_samples_total[5m]))",
        ),
    ),
)
