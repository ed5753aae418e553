"""A real Alertmanager with the configuration that a host gets, and what it is told and says."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from catalogue.model import Site
from tasks.settings import ROOT
from tests.support.edge import free_port
from tests.support.servers import serving
from tests.support.site import app, release_of

MAIL = ROOT / "files/alertmanager/mail.tmpl"
Labels = Mapping[str, str]


def labels(said: str) -> dict[str, str]:
    """Of `Name app=x host=y`."""
    name, *pairs = said.split()
    return {"alertname": name, **dict(pair.split("=", 1) for pair in pairs)}


def written(site: Site, folder: Path, other: Mapping[str, str] = MappingProxyType({})) -> Path:
    """The configuration as start.sh leaves it; `other` is a text in it by what a test has instead."""
    text = release_of(app("alertmanager"), site).files["alertmanager.yml"].decode()
    text += "  smtp_auth_username: nobody\n"
    for before, after in {"/etc/alertmanager/mail.tmpl": str(MAIL), **other}.items():
        assert before in text
        text = text.replace(before, after)
    path = folder / "alertmanager.yml"
    path.write_text(text)
    return path


class Alertmanager:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def tell(self, *alerts: Labels, over: bool = False) -> None:
        """As Prometheus does; `over`: they are well again."""
        end = {"endsAt": "2020-01-01T00:00:00Z", "startsAt": "2019-01-01T00:00:00Z"} if over else {}
        said = {"summary": "it is ill", "todo": "look there"}
        body: list[Any] = [{"labels": each, "annotations": said, **end} for each in alerts]
        requests.post(f"{self.url}/api/v2/alerts", json=body, timeout=5).raise_for_status()

    def silenced(self) -> set[str]:
        """Names of the alerts that another one silences."""
        return {each["labels"]["alertname"] for each in self._all() if each["status"]["inhibitedBy"]}

    def silenced_apps(self) -> set[str]:
        """Apps with an alert that a person silenced."""
        return {each["labels"]["app"] for each in self._all() if each["status"]["silencedBy"]}

    def _all(self) -> list[Any]:
        found: list[Any] = requests.get(f"{self.url}/api/v2/alerts", timeout=5).json()
        return found


@contextmanager
def alertmanager(program: Path, config: Path) -> Iterator[Alertmanager]:
    """It runs at the loopback until the end."""
    address = f"127.0.0.1:{free_port()}"
    words = [
        f"--config.file={config}",
        f"--storage.path={config.parent / 'data'}",
        "--cluster.listen-address=",
    ]
    log = (config.parent / "log").open("w+")
    with (
        log,
        subprocess.Popen(
            [program, *words, f"--web.listen-address={address}"], stdout=log, stderr=log
        ) as process,
    ):
        try:
            _until_ready(f"http://{address}", config.parent / "log", process)
            yield Alertmanager(f"http://{address}")
        finally:
            process.terminate()


def _until_ready(url: str, log: Path, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if requests.get(f"{url}/-/ready", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


class Posted:
    """What came to an address."""

    def __init__(self, port: int) -> None:
        self.url, self.came = f"http://127.0.0.1:{port}/", list[dict[str, Any]]()
        self.more = threading.Condition()

    def add(self, body: dict[str, Any]) -> None:
        with self.more:
            self.came.append(body)
            self.more.notify_all()

    def first(self, count: int, seconds: float = 30) -> list[dict[str, Any]]:
        """So many, as soon as they are there."""
        with self.more:
            assert self.more.wait_for(lambda: len(self.came) >= count, seconds), self.came
            return self.came[:count]


@contextmanager
def posted() -> Iterator[Posted]:
    """An address that takes everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.add(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, serving(server):
        found = Posted(server.server_port)
        yield found
