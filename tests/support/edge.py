"""A real Traefik with the files that a host gets, before one program that answers for every app."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trustme
import yaml

from catalogue import APPS
from catalogue.model import Site
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml

GUARD = "/outpost.goauthentik.io/auth/traefik"


class Program(BaseHTTPRequestHandler):
    """Every app: 200 for all that gets to it. As the identity provider it knows nobody."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Callable[[], None]:
        """For `do_GET`, `do_POST` and all others."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        self.send_response(302 if self.path == GUARD else 200)
        self.send_header("Location", "https://gateway.example.org/")
        self.send_header("X-Powered-By", "Canary/1.0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: it is no part of what is tried."""


@dataclass(frozen=True)
class Edge:
    http: int
    https: int
    redis: int
    """Where the counters of rate limits are looked for; nothing listens there yet."""
    log: Path

    def asked(self, *words: str, urls: list[str]) -> list[int]:
        """The status of each answer, by curl, which sends paths as they are."""
        config = "".join(f'url = "{_quoted(url)}"\noutput = "/dev/null"\n' for url in urls)
        done = self._curl("--path-as-is", "-w", "%{http_code}\\n", *words, "-K", "-", given=config)
        assert done.returncode == 0, done.stderr
        return [int(line) for line in done.stdout.split()]

    def headers(self, url: str, *words: str) -> dict[str, str]:
        """Those of an answer, with its status as `status`; nothing if there is none."""
        said = self._curl("-o", "/dev/null", "-D", "-", *words, url).stdout.splitlines()
        pairs = [line.partition(": ") for line in said[1:] if line]
        names = {name.lower(): value for name, _, value in pairs}
        return {"status": said[0].split()[1], **names} if said else {}

    def _curl(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        ports = {80: self.http, 443: self.https}
        to = [word for port, ours in ports.items() for word in ("--connect-to", f":{port}:127.0.0.1:{ours}")]
        # From elsewhere than the edge's own address, which may look at what is closed.
        argv = ["curl", "-sk", "--globoff", "--interface", "127.0.0.2", *to, *words]
        return subprocess.run(argv, input=given, capture_output=True, text=True, check=False, timeout=120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quoted(url: str) -> str:
    return url.replace("\\", "\\\\").replace('"', '\\"')


def _routes(site: Site, program: str, redis: int) -> dict[str, Any]:
    """File: what Traefik reads there, with every address of another program replaced."""
    found: dict[str, Any] = {}
    for each in (app("traefik"), *(one for one in APPS if one.routes)):
        for path, content in release_of(each, site).files.items():
            if path.startswith("live/traefik/routes/"):
                found[Path(path).name] = _led(read_yaml(content), program, redis)
    return found


def _led(config: dict[str, Any], program: str, redis: int) -> dict[str, Any]:
    http = config["http"]
    for router in http.get("routers", {}).values():
        router.get("tls", {}).pop("certResolver", None)
    for service in http.get("services", {}).values():
        service["loadBalancer"]["servers"] = [{"url": program}]
    for middleware in http.get("middlewares", {}).values():
        if guard := middleware.get("forwardAuth"):
            guard["address"] = program + urlsplit(guard["address"]).path
        if limit := middleware.get("rateLimit"):
            limit["redis"]["endpoints"] = [f"127.0.0.1:{redis}"]
    return config


def _settings(site: Site, ports: dict[str, int], folder: Path) -> dict[str, Any]:
    text = release_of(app("traefik"), site).files["traefik.yml"]
    settings: dict[str, Any] = read_yaml(text)
    for name, port in ports.items():
        settings["entryPoints"][name]["address"] = f"127.0.0.1:{port}"
    settings["providers"]["file"]["directory"] = str(folder)
    del settings["certificatesResolvers"]
    return settings


def _certificate(folder: Path, site: Site) -> dict[str, Any]:
    issued = trustme.CA().issue_cert(*(f"*.{domain}" for domain in site.domains.values()))
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    files = {"certFile": str(folder / "certificate.pem"), "keyFile": str(folder / "key.pem")}
    return {"tls": {"certificates": [files]}}


@contextmanager
def running(binary: Path, site: Site, folder: Path) -> Iterator[Edge]:
    """Traefik with the routes of every app on one host, and the program behind them."""
    program = ThreadingHTTPServer(("127.0.0.1", 0), Program)
    threading.Thread(target=program.serve_forever, daemon=True).start()
    ports = {name: free_port() for name in ("web", "websecure", "metrics")}
    routes, redis = folder / "routes", free_port()
    routes.mkdir()
    files = _routes(site, f"http://127.0.0.1:{program.server_port}", redis)
    for name, content in (files | {"certificate.yaml": _certificate(folder, site)}).items():
        (routes / name).write_text(yaml.safe_dump(content))
    (folder / "traefik.yml").write_text(yaml.safe_dump(_settings(site, ports, routes)))
    log = folder / "log"
    with log.open("w") as out:
        started = subprocess.Popen([binary, f"--configFile={folder / 'traefik.yml'}"], stdout=out, stderr=out)
    try:
        edge = Edge(http=ports["web"], https=ports["websecure"], redis=redis, log=log)
        _answers(edge)
        yield edge
    finally:
        started.terminate()
        started.wait()
        program.shutdown()


def _answers(edge: Edge) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(AssertionError):
            if edge.asked(urls=["https://wiki.example.org/"]) == [200]:
                return
        time.sleep(0.2)
    raise AssertionError(edge.log.read_text())
