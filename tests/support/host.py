"""A host of files, on which the program that applies releases runs as it does on a real one."""

import base64
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from onhost import answer
from onhost.orders import Order, Run, written
from onhost.releases import Stack
from tasks import program
from tests.support.engine import Engine

RUN = Run(by="me@here", commit="c0ffee", wait=2, wait_at_first=4, postgres_host="", postgres_port=5432)
EDGE = ("traefik", "traefik")


@dataclass(frozen=True)
class Release:
    """Files and order of one app."""

    order: Order
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def sent(self) -> dict[str, bytes]:
        """What the archive holds of it."""
        told = {"order.json": written(self.order).encode()}
        if self.order.retire:
            return told
        digests = dict.fromkeys(self.files, "")
        manifest = {
            "version": "1",
            "compose": "",
            "images": [],
            "services": {},
            "secrets": {},
            "files": digests,
            "order": asdict(self.order),
        }
        files = {**self.files, "manifest.json": json.dumps(manifest).encode()}
        return told | {f"release/{path}": content for path, content in files.items()}


def release(revision: str, compose: str, files: Mapping[str, str] | None = None, **order: Any) -> Release:
    """A release of the app `app`; its revision is given as a letter or two."""
    made = Order(app="app", revision=revision.ljust(12, "0"), edge=EDGE, ready=20)
    texts = {"compose.yaml": compose, **(files or {})}
    return Release(replace(made, **order), {path: text.encode() for path, text in texts.items()})


SECRET = {".env": 'KEY="canary secret"\n'}


def good(revision: str, **order: object) -> Release:
    return release(revision, f"services: {{web: {{x-digest: {revision}}}}}", SECRET, **order)


def sick(revision: str, **order: object) -> Release:
    compose = f"services: {{web: {{x-digest: {revision}, x-is: unhealthy, x-says: 'no canary secret'}}}}"
    return release(revision, compose, SECRET, **order)


@dataclass(frozen=True)
class World:
    """The host: a folder, and an engine that a socket and a program `docker` lead to."""

    root: Path
    socket: Path
    path: str

    @property
    def log(self) -> Path:
        return self.root / "log/deploys.jsonl"

    @property
    def stack(self) -> Stack:
        return Stack(self.root / "opt", "app")

    @property
    def environment(self) -> dict[str, str]:
        """What tells the program that this is its host."""
        return {
            "GUILDHALL_ROOT": str(self.root / "opt"),
            "GUILDHALL_LOG": str(self.log),
            "GUILDHALL_DOCKER": str(self.socket),
            "GUILDHALL_PATH": self.path,
        }

    @property
    def results(self) -> list[str]:
        return [json.loads(line)["result"] for line in self.log.read_text().splitlines()]

    def program(self, name: str, body: str, interpreter: str = "/bin/sh") -> Path:
        """A program that stands in for one of the host's."""
        file = self.root / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!{interpreter}\n{body}\n")
        file.chmod(0o755)
        return file

    def begin(self, verb: str, *releases: Release, text: str | None = None) -> "subprocess.Popen[str]":
        """The program as it arrives on a host, at work; `text`: what it is told in the place of releases."""
        words = [sys.executable, "-I", "-S", "-c", program.SENT, verb]
        started = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.environment},
            text=True,
            start_new_session=True,
        )
        assert started.stdin
        started.stdin.write(f"{program.packed()}\n{packed(RUN, releases) if text is None else text}")
        started.stdin.close()
        started.stdin = None
        return started

    def ran(self, verb: str, text: str = "") -> tuple[int, str]:
        """Exit code and all that it said."""
        started = self.begin(verb, text=text)
        output, _ = started.communicate(timeout=120)
        assert "Traceback" not in output, output
        return started.returncode, output

    def deploy(self, *releases: Release, run: Run = RUN, cut: int | None = None) -> tuple[int, str]:
        """Of the releases only a part, if they are cut."""
        return self.ran("apply", packed(run, releases)[:cut])

    def boot(self) -> tuple[int, str]:
        return self.ran("boot")

    def read(self) -> list[dict[str, Any]]:
        """What the program says of the host."""
        return answer.read(self.ran("read")[1].splitlines())


def serving(world: World, engine: Engine) -> tuple[str, str, list[str]]:
    """Revisions of the files and of what is recorded as applied, and the digests of running containers."""
    stack = world.stack
    digests = [each["Labels"]["org.guildhall.service"] for each in engine.containers.values()]
    return (stack.current.rpartition("-")[2].strip("0"), stack.applied.rpartition("-")[2].strip("0"), digests)


def packed(run: Run, releases: tuple[Release, ...]) -> str:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        files = {"run.json": written(run).encode()}
        for number, each in enumerate(releases):
            files |= {f"{number:03}-{each.order.app}/{path}": content for path, content in each.sent.items()}
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o600 if path.endswith(".env") else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return base64.encodebytes(stream.getvalue()).decode()
