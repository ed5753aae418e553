"""The HTTP face of a double: health, metrics, and a sign-in that goes all the way."""

from flask import Flask, Response, jsonify, redirect, request, session
from werkzeug.wrappers import Response as Answer

from . import oidc
from .contract import Contract, Endpoint, Login
from .health import Health


def app(contract: Contract, health: Health) -> Flask:
    """The program's own port."""
    web = Flask(contract.name)
    web.secret_key = oidc.random_text()
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
        web.add_url_rule("/", "index", lambda: f"{contract.name} {contract.version} (double)\n")


def add_metrics(web: Flask, endpoint: Endpoint, health: Health) -> None:
    def metrics() -> Response:
        labels = f'{{program="{health.contract.name}",version="{health.contract.version}"}}'
        lines = ["# TYPE double_healthy gauge", f"double_healthy{labels} {int(not health.problems)}", ""]
        return Response("\n".join(lines), mimetype="text/plain")

    web.add_url_rule(endpoint.path, "metrics", metrics)


def add_login(web: Flask, login: Login) -> None:
    def start() -> Answer:
        session["state"], session["verifier"] = oidc.random_text(), oidc.random_text()
        return redirect(oidc.authorize_url(login, session["state"], session["verifier"]))

    def callback() -> Response | tuple[str, int]:
        if not request.args.get("state") or request.args["state"] != session.pop("state", None):
            return "sign-in failed: the state is not the one that was sent", 400
        if "code" not in request.args:
            return (
                f"sign-in failed: {request.args.get('error_description') or request.args.get('error')}",
                403,
            )
        try:
            return jsonify(oidc.user(login, request.args["code"], session.pop("verifier")))
        except oidc.RefusedError as refused:
            return f"sign-in failed: {refused}", 403

    def either() -> Answer | Response | tuple[str, int]:
        return callback() if request.args.get("state") else start()

    if login.path == login.callback:
        web.add_url_rule(login.path, "login", either)
        return
    web.add_url_rule(login.path, "login", start)
    web.add_url_rule(login.callback, "callback", callback)
