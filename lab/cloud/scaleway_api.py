"""A stand-in for the Scaleway API that the official SDK talks to: `python3 -m guildhall.scaleway_api --help`.

A further product (RDB) is one more class with ROUTES, listed in PRODUCTS.
`/_lab/fault` and `/_lab/requests` are for tests and stand outside the API.
"""

import argparse
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .scaleway_common import ApiError, Json, not_found
from .scaleway_domains import Domains
from .scaleway_iam import Iam
from .scaleway_secrets import SecretManager

PRODUCTS = (SecretManager, Domains, Iam)
FAULTS = ("status", "stall", "html", "drop", "crc", "lost")
"""`lost`: it is done, and nobody hears of it."""


class Cloud:
    """All products over one state file, one request at a time."""

    def __init__(self, state: Path, secret_key: str, project: str, region: str) -> None:
        self.file, self.secret_key, self.region = state, secret_key, region
        self.state: Json = json.loads(state.read_text()) if state.exists() else {}
        self.products = [product(self.state, project, region) for product in PRODUCTS]
        self.lock, self.requests, self.fault = threading.Lock(), Counter[str](), Json()

    def call(self, handler: Callable[..., Json | None], values: Json) -> Json | None:
        """What a product's handler answers to the request at hand; what changes is saved."""
        if values.pop("region", self.region) != self.region:
            raise ApiError(404, "unknown_resource", "not a region of this API")
        with self.lock:
            result = handler(request.args.to_dict(), json.loads(request.get_data() or b"{}"), **values)
            if request.method != "GET":
                save(self.file, self.state)
            return result

    def take_fault(self) -> Json:
        """The fault this request has to show, `{}` for none; a fault serves `count` requests, `on` a path."""
        with self.lock:
            asked = f"{request.method} {request.path}"
            if not self.fault.get("count") or self.fault.get("on", "") not in asked:
                return {}
            self.fault["count"] -= 1
            return dict(self.fault)

    def web(self) -> Flask:
        """The API over HTTP."""
        web = Flask(__name__)
        web.before_request(self._receive)
        web.register_error_handler(ApiError, lambda error: (error.body, error.status))
        web.register_error_handler(HTTPException, lambda _: _error(not_found("route", request.path)))
        web.register_error_handler(
            ValueError, lambda _: _error(ApiError(400, "invalid_request_error", "malformed request"))
        )
        web.add_url_rule("/_lab/requests", view_func=self._requests, methods=["GET", "DELETE"])
        web.add_url_rule("/_lab/fault", view_func=self._set_fault, methods=["POST"])
        for product in self.products:
            for (method, path), handler in product.ROUTES.items():
                view = self._view(handler.__get__(product))
                web.add_url_rule(path, f"{method} {path}", view, methods=[method])
        return web

    def _view(self, handler: Callable[..., Json | None]) -> Callable[..., Response]:
        def answer(**values: Any) -> Response:
            result = self.call(handler, values)
            if g.fault.get("kind") == "crc" and result and result.get("data"):
                result = result | {"data_crc32": (result["data_crc32"] or 0) ^ 1}
            if g.fault.get("kind") == "lost":
                return _cut_off()
            return Response(status=204) if result is None else jsonify(result)

        return answer

    def _receive(self) -> Response | None:
        """Count a request of the API, show a fault if one is set, check the token."""
        if request.path.startswith("/_lab/"):
            return None
        self.requests[f"{request.method} {request.path}"] += 1
        g.fault = self.take_fault()
        shown = _shown(g.fault)
        if not shown and request.headers.get("X-Auth-Token") != self.secret_key:
            denied = {"method": "api_key", "reason": "not_found"}
            raise ApiError(401, "denied_authentication", "authentication is denied", **denied)
        return shown

    def _requests(self) -> Json:
        if request.method == "DELETE":
            self.requests.clear()
        return {"total": self.requests.total(), "requests": dict(self.requests)}

    def _set_fault(self) -> Json:
        wanted = request.get_json()
        if wanted.get("kind") not in FAULTS:
            raise ApiError(400, "lab", f"POST /_lab/fault with kind {'|'.join(FAULTS)}")
        self.fault = {"count": 1, "status": 500, "seconds": 3} | wanted
        return self._requests()


def _error(error: ApiError) -> tuple[Json, int]:
    return error.body, error.status


def _shown(fault: Json) -> Response | None:
    """Act out a fault; the answer, if that was all of it."""
    match fault.get("kind"):
        case "status":
            raise ApiError(fault["status"], fault.get("type", "lab_fault"), "the lab was asked to fail")
        case "stall":
            time.sleep(fault["seconds"])
        case "html":
            return Response("<html><h1>502 Bad Gateway</h1></html>", 502, mimetype="text/html")
        case "drop":
            return _cut_off()
    return None


def _cut_off() -> Response:
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response()


def save(file: Path, state: Json) -> None:
    """Replace the file in one step; nobody but the owner can read it at any moment."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(state, out)
    new.replace(file)


class Handler(WSGIRequestHandler):
    """Keeps connections open, as the real API does, and writes no line a request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def serve(cloud: Cloud, address: str, port: int) -> BaseWSGIServer:
    """A bound server that is not running yet; port 0 takes a free one. Its queue holds 128 connections."""
    return make_server(address, port, cloud.web(), threaded=True, request_handler=Handler)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="0.0.0.0")  # noqa: S104 (a container's own address)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--secret-key", required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", default="fr-par")
    parser.add_argument("--zone", action="append", default=[], help="a DNS zone that the project has")
    parser.add_argument("--operator", nargs=2, help="access key and application of who makes buckets")
    args = parser.parse_args()
    cloud = Cloud(args.state, args.secret_key, args.project, args.region)
    for zone in args.zone:
        if zone not in cloud.state["zones"]:
            Domains(cloud.state, args.project, args.region).create_zone(
                {}, {"domain": zone, "project_id": args.project}
            )
    if args.operator:
        Iam(cloud.state, args.project, args.region).operator(*args.operator)
    save(cloud.file, cloud.state)
    serve(cloud, args.address, args.port).serve_forever()


if __name__ == "__main__":
    main()
