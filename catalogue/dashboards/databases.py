from catalogue.dashboards.panels import Board, lines, number

HIT, READ = "rate(pg_stat_database_blks_hit[5m])", "rate(pg_stat_database_blks_read[5m])"

BOARD = Board(
    uid="databases",
    title="Databases",
    sentence="PostgreSQL and Redis: whether they answer, what they hold, what they have to do.",
    panels=(
        number("PostgreSQL answers", "bool_yes_no", bad_below=1).show(
            "Whether PostgreSQL lets somebody in who only reads its statistics.",
            # When it goes away later, pg_up stays 1, and what is measured goes
            # (prometheus-community/postgres_exporter v0.20.1, exporter/postgres_exporter.go).
            "clamp_max(count(pg_settings_max_connections), 1) or vector(0)",
        ),
        number("Connections in use", "percentunit", bad_from=0.8).show(
            "Share of the connections that PostgreSQL has room for; with none left programs fail.",
            "sum(pg_stat_database_numbackends)"
            " / max(pg_settings_max_connections - pg_settings_superuser_reserved_connections)",
        ),
        number("Longest transaction", "s", bad_from=3600).show(
            "For how long the oldest transaction has been open; a long one keeps others waiting.",
            "max(pg_stat_activity_max_tx_duration)",
        ),
        number("Redis answers", "bool_yes_no", bad_below=1).show(
            "Whether every Redis that is asked answers.", "min(redis_up)"
        ),
        lines("Connections", "short", by="datname").show(
            "Connections to each database.", 'pg_stat_database_numbackends{datname!=""}'
        ),
        lines("Size", "bytes", by="datname").show(
            "What each database takes on PostgreSQL's disk.", "pg_database_size_bytes"
        ),
        lines("Transactions", "ops", by="datname").show(
            "Transactions of each database that came to a good end.",
            'rate(pg_stat_database_xact_commit{datname!=""}[5m])',
        ),
        lines("Transactions undone", "ops", by="datname").show(
            "Transactions of each database that were undone: something in a program failed.",
            'rate(pg_stat_database_xact_rollback{datname!=""}[5m])',
        ),
        lines("Found in memory", "percentunit", by="datname").show(
            "Share of what was asked for that was in memory; far below 99 per cent it has too little.",
            f"{HIT} / ({HIT} + {READ} > 0)",
        ),
        lines("Deadlocks", "short", by="datname", bad_from=1).show(
            "Transactions that waited for each other, so that one was ended, within an hour each.",
            'increase(pg_stat_database_deadlocks{datname!=""}[1h])',
        ),
        lines("Memory of Redis", "percentunit", by="host job", bad_from=0.9).show(
            "Share of the memory that each Redis may take; full, it forgets, or takes nothing more.",
            "redis_memory_used_bytes / (redis_memory_max_bytes > 0)",
        ),
        lines("Commands of Redis", "ops", by="host job").show(
            "What each Redis is asked to do.", "rate(redis_commands_processed_total[5m])"
        ),
    ),
)
