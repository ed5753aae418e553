"""The HTTP face of a double: health, metrics, and the way to sign in."""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface

from . import oidc
from .contract import VERSION, Contract, Endpoint
from .health import Health
from .login import add_login


class Sessions(SecureCookieSessionInterface):
    """Marks its cookie as the real programs do: behind an edge that ends TLS it is for HTTPS alone."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.headers.get("X-Forwarded-Proto") == "https"


def app(contract: Contract, health: Health) -> Flask:
    """The program's own port."""
    web = Flask(contract.name)
    web.secret_key = oidc.random_text()
    web.session_interface = Sessions()
    add_health(web, contract, health)
    if contract.metrics and not contract.metrics.listen:
        add_metrics(web, contract.metrics, health)
    if contract.login:
        add_login(web, contract.login.filled(health.env))
    return web


def metrics_app(contract: Contract, endpoint: Endpoint, health: Health) -> Flask:
    """The port of its own that some programs have for metrics."""
    web = Flask(contract.name)
    add_metrics(web, endpoint, health)
    return web


def add_health(web: Flask, contract: Contract, health: Health) -> None:
    def ready() -> Response:
        text = "\n".join(health.problems) or contract.health.body
        return Response(text, 503 if health.problems else 200, mimetype="text/plain")

    web.add_url_rule(contract.health.path, "health", ready)
    if live := contract.live:
        web.add_url_rule(live.path, "live", lambda: Response(live.body, 200, mimetype="text/plain"))
    if contract.health.path != "/":
        web.add_url_rule("/", "index", lambda: f"{contract.name} {VERSION} (double)\n")


def add_metrics(web: Flask, endpoint: Endpoint, health: Health) -> None:
    def metrics() -> Response:
        labels = f'{{program="{health.contract.name}",version="{VERSION}"}}'
        lines = ["# TYPE double_healthy gauge", f"double_healthy{labels} {int(not health.problems)}"]
        lines += [line for told in health.series for line in told()]
        return Response("\n".join([*lines, ""]), mimetype="text/plain")

    web.add_url_rule(endpoint.path, "metrics", metrics)
