"""A stand-in for the Scaleway API that the official SDK talks to: `python3 scaleway_api.py --help`.

Standard library only. A further product (RDB) is one more class with ROUTES, listed in PRODUCTS.
`/_lab/fault` and `/_lab/requests` are for tests and stand outside the API.
"""

import argparse
import json
import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING or __package__:
    from .scaleway_domains import Domains
    from .scaleway_errors import ApiError, Json, not_found
    from .scaleway_secrets import SecretManager
else:  # on cloud they lie side by side
    from scaleway_domains import Domains
    from scaleway_errors import ApiError, Json, not_found
    from scaleway_secrets import SecretManager

PRODUCTS = (SecretManager, Domains)
FAULTS = ("status", "stall", "html", "drop", "crc")


class Cloud:
    """All products over one state file, one request at a time."""

    def __init__(self, state: Path, secret_key: str, project: str, region: str) -> None:
        self.file, self.secret_key, self.region = state, secret_key, region
        self.state: Json = json.loads(state.read_text()) if state.exists() else {}
        self.products = [product(self.state, project, region) for product in PRODUCTS]
        self.lock, self.requests, self.fault = threading.Lock(), Counter[str](), Json()

    def answer(self, method: str, path: str, query: Json, body: Json) -> Json | None:
        for product in self.products:
            for (verb, pattern), handler in product.ROUTES.items():
                match = re.fullmatch(pattern.format(*[r"([^/]+)"] * 9, region="(?P<region>[a-z-]+)"), path)
                if match and verb == method:
                    regional = match.groupdict()
                    self._check_region(regional.get("region", self.region))
                    values = match.groups()[len(regional) :]
                    return self._call(method, partial(handler, product, query, body, *values))
        raise not_found("route", path)

    def _check_region(self, region: str) -> None:
        if region != self.region:
            raise ApiError(404, "unknown_resource", f'"{region}" is not a region of this API')

    def _call(self, method: str, handler: Callable[[], Json | None]) -> Json | None:
        with self.lock:
            result = handler()
            if method != "GET":
                save(self.file, self.state)
            return result

    def take_fault(self) -> Json:
        """The fault this request has to show, `{}` for none; a fault serves `count` requests."""
        with self.lock:
            if not self.fault.get("count"):
                return {}
            self.fault["count"] -= 1
            return dict(self.fault)


def save(file: Path, state: Json) -> None:
    """Replace the file in one step; nobody but the owner can read it at any moment."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(state, out)
    new.replace(file)


class Handler(BaseHTTPRequestHandler):
    """One request: read it whole, show a fault if one is set, check the token, answer in JSON."""

    protocol_version = "HTTP/1.1"
    cloud: Cloud

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        raw = self.rfile.read(
            int(self.headers.get("Content-Length") or 0)
        )  # the SDK sends a body with every GET
        try:
            body = json.loads(raw or b"{}")
            if url.path.startswith("/_lab/"):
                self._send(200, self._control(url.path, body))
            else:
                self._api(url.path, dict(parse_qsl(url.query)), body)
        except ApiError as error:
            self._send(error.status, error.body)
        except ValueError:
            self._send(400, {"message": "malformed request", "type": "invalid_request_error"})
        except ConnectionError:  # the client did not wait for the answer
            self.close_connection = True

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 (named by the base class)

    def _control(self, path: str, body: Json) -> Json:
        if self.command == "POST" and path == "/_lab/fault" and body.get("kind") in FAULTS:
            self.cloud.fault = {"count": 1, "status": 500, "seconds": 3} | body
        elif self.command == "DELETE" and path == "/_lab/requests":
            self.cloud.requests.clear()
        elif self.command != "GET" or path != "/_lab/requests":
            raise ApiError(
                400, "lab", f"POST /_lab/fault with kind {'|'.join(FAULTS)}; GET, DELETE /_lab/requests"
            )
        return {"total": self.cloud.requests.total(), "requests": dict(self.cloud.requests)}

    def _api(self, path: str, query: Json, body: Json) -> None:
        self.cloud.requests[f"{self.command} {path}"] += 1
        fault = self.cloud.take_fault()
        if fault and self._show(fault):
            return
        if self.headers.get("X-Auth-Token") != self.cloud.secret_key:
            denied = {"method": "api_key", "reason": "not_found"}
            raise ApiError(401, "denied_authentication", "authentication is denied", **denied)
        result = self.cloud.answer(self.command, path, query, body)
        if fault.get("kind") == "crc" and result and result.get("data"):
            result = result | {"data_crc32": (result["data_crc32"] or 0) ^ 1}
        self._send(204 if result is None else 200, result)

    def _show(self, fault: Json) -> bool:
        """Act out the fault; true when that was the whole answer."""
        if fault["kind"] == "status":
            raise ApiError(fault["status"], "lab_fault", "the lab was asked to fail")
        if fault["kind"] == "stall":
            time.sleep(fault["seconds"])
        elif fault["kind"] == "html":
            self._send_raw(502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>")
        elif fault["kind"] == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        return fault["kind"] in ("html", "drop")

    def _send(self, status: int, body: Json | None) -> None:
        self._send_raw(status, "application/json", b"" if body is None else json.dumps(body).encode())

    def _send_raw(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(cloud: Cloud, address: str, port: int) -> ThreadingHTTPServer:
    """A bound server that is not running yet; port 0 takes a free one."""
    return ThreadingHTTPServer((address, port), type("CloudHandler", (Handler,), {"cloud": cloud}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="0.0.0.0")  # noqa: S104 (a container's own address)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--secret-key", default=os.environ.get("SCW_SECRET_KEY"))
    parser.add_argument("--project", default=os.environ.get("SCW_DEFAULT_PROJECT_ID"))
    parser.add_argument("--region", default=os.environ.get("SCW_DEFAULT_REGION", "fr-par"))
    parser.add_argument("--zone", action="append", default=[], help="a DNS zone that the project has")
    args = parser.parse_args()
    if not args.secret_key or not args.project:
        parser.error(
            "--secret-key and --project (or SCW_SECRET_KEY and SCW_DEFAULT_PROJECT_ID) must be given"
        )
    cloud = Cloud(args.state, args.secret_key, args.project, args.region)
    for zone in args.zone:
        if zone not in cloud.state["zones"]:
            cloud.answer("POST", Domains.BASE, {}, {"domain": zone, "project_id": args.project})
    serve(cloud, args.address, args.port).serve_forever()


if __name__ == "__main__":
    main()
