from catalogue.dashboards.panels import Board, counted, lines, logged, number, states

EVENTS = '{app="authentik"} |= `Created Event` | json'
PROGRAM = "context_authorized_application_name"
REFUSED = 'rate(traefik_service_requests_total{service=~"authentik.*",code=~"429|500"}[5m])'
TIMES = "rate(authentik_main_request_duration_seconds_bucket[5m])"

BOARD = Board(
    uid="login",
    title="Login",
    sentence="Whether people can log in, who is refused, and how the identity provider does.",
    panels=(
        number("Logins that fail", "short", bad_from=1).show(
            "Programs that nobody can log in to: the identity provider refuses them, or does not answer.",
            'count(probe_success{module="login"} == 0) or vector(0)',
        ),
        number("Its counters", "bool_yes_no", bad_below=1, leads_to="programs").show(
            "Whether Redis is well: without it the edge answers every login with an error.",
            'min(guildhall_container_healthy{app="redis",service="redis"})',
        ),
        number("Logins in a day", "short", source="loki").show(
            "How often somebody logged in within the last day.",
            f'sum(count_over_time({EVENTS} | action="login" [1d])) or vector(0)',
        ),
        number("Refused in an hour", "short", source="loki", bad_from=100).show(
            "Wrong passwords within the last hour.",
            f'sum(count_over_time({EVENTS} | action="login_failed" [1h])) or vector(0)',
        ),
        counted("Logins", "short", by="action").show(
            "Logins, and wrong passwords, within ten minutes each.",
            f'sum by (action) (count_over_time({EVENTS} | action=~"login|login_failed" [10m]))',
        ),
        counted("Wrong passwords by address", "short", by="client_ip").show(
            "Where wrong passwords come from: many from one address are somebody who guesses.",
            f'topk(10, sum by (client_ip) (count_over_time({EVENTS} | action="login_failed" [1h])))',
        ),
        counted("Programs that people go on to", "short", by=PROGRAM).show(
            "For which program people were logged in, within an hour each.",
            f'sum by ({PROGRAM}) (count_over_time({EVENTS} | action="authorize_application" [1h]))',
        ),
        lines("Refused at the edge", "reqps", by="code").show(
            "Requests to the identity provider that came too fast (429) or could not be counted (500).",
            f"sum by (code) ({REFUSED})",
        ),
        lines("Time to answer", "s", by="dest").show(
            "The time within which the identity provider answers 95 of 100 requests.",
            f"histogram_quantile(0.95, sum by (dest, le) ({TIMES}))",
        ),
        lines("Work that waits", "short").show(
            "Tasks that wait for a worker: mail, blueprints, what is tidied up.",
            "sum(authentik_tasks_queued)",
        ),
        states("Logins can begin", by="app").show(
            "When the identity provider showed its login page to who came from each program.",
            'probe_success{module="login"}',
        ),
        states("Its containers", by="host app service").show(
            "When each container that a login needs was healthy.",
            'guildhall_container_healthy{app=~"authentik|redis"}',
        ),
        logged("Warnings").show(
            "What the identity provider warns of.",
            '{app="authentik", level=~"emerg|alert|crit|error|warning"}',
        ),
    ),
)
