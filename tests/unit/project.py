"""A copy of the project that a test may spoil, and the real command line in it."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, BaseServer, ThreadingTCPServer

from catalogue import APPS, views
from lab.seed import fill
from tasks.secrets import DotenvStore
from tasks.settings import ROOT

PACKAGES = ("catalogue", "cli", "tasks", "deploys", "lab")
PARTS = (*PACKAGES, "templates", "files", "group_data", "config.py", "inventory.py")


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """What it said beside the progress of its work."""
        said = [line.strip() for line in self.err.splitlines() if line.strip()]
        return [line.removeprefix("--> ") for line in said if not (line.startswith("-->") and "..." in line)]


@dataclass(frozen=True)
class Project:
    """A checkout of its own, without `.env`, `.lab` and secrets."""

    root: Path

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there, once."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))

    def line(self, path: str, text: str) -> int:
        """The number of the first line that holds a text."""
        lines = (self.root / path).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def store(self, environment: str) -> DotenvStore:
        """The secret store of the copy, a file."""
        return DotenvStore(self.root / f".secrets.{environment}.env")

    def with_secrets(self, environment: str) -> None:
        """Give every app what it needs."""
        fill(self.store(environment), views.all_secrets(APPS))

    def guildhall(self, *words: str, **variables: str) -> Ran:
        """The project's own command, of this copy."""
        program = str(Path(sys.executable).with_name("guildhall"))
        return self.run(program, *words, PYTHONPATH=str(self.root), **variables)

    def run(self, *arguments: str, **variables: str) -> Ran:
        """Python with these arguments; of the project its environment says only these variables."""
        shell = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("GUILDHALL_", "SCW_", "S3_"))
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**shell, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


def copied(root: Path) -> Project:
    """The project as it is now, below `root`."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / part)
    return Project(root)


@contextmanager
def object_store(**objects: bytes) -> Iterator[str]:
    """The address of an S3 server that has these objects, by key, in any bucket, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, _, key = self.path.partition("?")[0].strip("/").partition("/")
            absent = "NoSuchKey" if key else "NoSuchBucket"
            content = objects.get(key, f"<Error><Code>{absent}</Code></Error>".encode())
            self.send_response(200 if key in objects else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, _serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def visitors() -> Iterator[tuple[int, list[str]]]:
    """A port of the loopback at which hosts could be, and who came to it so far: each is sent away."""
    came: list[str] = []

    class Door(BaseRequestHandler):
        def handle(self) -> None:
            came.append(str(self.client_address))

    with ThreadingTCPServer(("127.0.0.1", 0), Door) as server, _serving(server):
        yield server.server_address[1], came


@contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
