from catalogue.dashboards.panels import Board, logged, number, states, table

CHOSEN = 'host=~"$host",app=~"$app"'

BOARD = Board(
    uid="deploys",
    title="Deploys and drift",
    sentence="What serves, since when, from which commit, and what is no longer as it was deployed.",
    variables=("host", "app"),
    panels=(
        number("Deploys that failed", "short", bad_from=1).show(
            "Apps whose last deploy was refused, undone or cut off.",
            f"count(guildhall_deploy_succeeded{{{CHOSEN}}} == 0) or vector(0)",
        ),
        number("Apps changed by hand", "short", bad_from=1).show(
            "Apps with files that are not as they were deployed.",
            f"count(guildhall_app_edited_files{{{CHOSEN}}} > 0) or vector(0)",
        ),
        number("Not as the repository says", "short", bad_from=1).show(
            "Apps, and parts of servers, that differed from the repository when it was last looked.",
            'count(guildhall_drift{host=~"$host"}) or vector(0)',
        ),
        number("Not looked for", "s", bad_from=36 * 3600).show(
            "How long ago the server that waits longest was compared with the repository; a day is usual.",
            'time() - min(guildhall_drift_checked_seconds{host=~"$host"})',
        ),
        table("Last deploys", "dateTimeFromNow", by="host app result", value="when").show(
            "When each app was last deployed on each server, and how that ended.",
            f"1000 * guildhall_deploy_time_seconds{{{CHOSEN}}}"
            " + on (host, app) group_left (result) 0 * guildhall_deploy_succeeded",
        ),
        table("What serves", "none", by="host app revision commit").show(
            "The release of each app that serves, and the commit that it was made from.",
            f"guildhall_app_info{{{CHOSEN}}}",
        ),
        table("Files changed by hand", "short", by="host app", value="files").show(
            "How many files of an app are not as they were deployed; a deploy puts them back.",
            f"guildhall_app_edited_files{{{CHOSEN}}} > 0",
        ),
        table("Not as the repository says, by name", "short", by="host app part moved").show(
            "What differs, and what moved: the repository, the server, or one of the two.",
            'guildhall_drift{host=~"$host"}',
        ),
        states("Configuration read", by="host job").show(
            "Whether Prometheus and Alertmanager could read the configuration that was deployed.",
            "prometheus_config_last_reload_successful or alertmanager_config_last_reload_successful",
        ),
        logged("What deploys leave at work").show(
            "Lines of the units that go on with it: at a start, at a reboot, in between.",
            '{host=~"$host", unit=~"guildhall-.+"}',
        ),
    ),
)
