from catalogue.dashboards.panels import Board, lines, logged, states, table

PAGES = 'host=~"$host",app=~"$app",module!="login"'


def routed(name: str, more: str = "") -> str:
    """A second's worth of what the edge counts, by app: it has `n8n-1@file` for another route of n8n."""
    series = f'{name}{{host=~"$host",service=~"($app)(-[0-9]+|-outpost)?@file"{more}}}'
    return f'label_replace(rate({series}[5m]), "app", "$1", "service", "(.+?)(?:-[0-9]+|-outpost)?@file")'


REQUESTS = routed("traefik_service_requests_total")
ERRORS = routed("traefik_service_requests_total", ',code=~"5.."')
TIMES = routed("traefik_service_request_duration_seconds_bucket")
SENT = routed("traefik_service_responses_bytes_total")

BOARD = Board(
    uid="edge",
    title="Edge",
    sentence="What visitors get: addresses, requests, answers, times, certificates.",
    variables=("host", "app"),
    panels=(
        states("Addresses", by="host app instance").show(
            "When each public address could be opened as a visitor would open it.",
            f"probe_success{{{PAGES}}}",
        ),
        lines("Time to answer", "s", by="host app instance", bad_from=5).show(
            "How long the first page of each address takes, asked from the server of Prometheus.",
            f"probe_duration_seconds{{{PAGES}}}",
        ),
        lines("Certificates", "s", by="host app instance", bad_below=14 * 86400).show(
            "How long the certificate of each address is still good; it is renewed 30 days before.",
            f"probe_ssl_earliest_cert_expiry{{{PAGES}}} - time()",
        ),
        lines("Requests", "reqps", by="host app").show(
            "Requests that each app gets.", f"sum by (host, app) ({REQUESTS})"
        ),
        lines("Answers", "reqps", by="code").show(
            "Answers by their code: 2xx is good, 4xx is refused, 5xx is broken.",
            f"sum by (code) ({REQUESTS})",
        ),
        lines("Broken answers", "percentunit", by="host app", bad_from=0.05).show(
            "Share of each app's answers that say that the program is broken (5xx).",
            f"sum by (host, app) ({ERRORS}) / sum by (host, app) ({REQUESTS})",
        ),
        lines("Slow answers", "s", by="host app").show(
            "The time within which 95 of 100 requests to each app are answered, drawn up to 5 s.",
            f"histogram_quantile(0.95, sum by (host, app, le) ({TIMES}))",
        ),
        lines("Sent", "Bps", by="host app").show(
            "What each app sends to its visitors.", f"sum by (host, app) ({SENT})"
        ),
        lines("Open connections", "short", by="host entrypoint").show(
            "Connections that visitors and programs hold to each edge.",
            'sum by (host, entrypoint) (traefik_open_connections{host=~"$host"})',
        ),
        table("Certificates of each edge", "dateTimeFromNow", by="host sans", value="ends").show(
            "When each certificate that an edge holds ends.",
            '1000 * traefik_tls_certs_not_after{host=~"$host"}',
        ),
        logged("Broken answers, one by one").show(
            "Requests that were answered with an error of the program (5xx).",
            '{host=~"$host", app="traefik", status="5xx", router=~"($app)(-.+)?"}',
        ),
    ),
)
