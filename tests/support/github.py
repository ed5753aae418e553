"""A GitHub on a port of the loopback: issues, comments, pull requests and branches of one repository."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.servers import serving

TOKEN = "ghs_canary-token-5c1d"  # noqa: S105 - of a server that is none
BOT = {"type": "Bot"}
REPOSITORY = "organisation/site"


@dataclass
class Repository:
    """What it has, and what it was asked."""

    url: str = ""
    refuses: int = 0
    """A code that every call ends with; 0: none."""
    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=lambda: {"main": "a" * 40})
    files: dict[str, bytes] = field(default_factory=dict)
    """By `branch:path`."""
    asked: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """What a job's environment says of it."""
        return {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN}

    def answer(self, method: str, place: str, query: dict[str, str], sent: dict[str, Any]) -> Any:
        """As GitHub's REST API does; KeyError: it has no such thing."""
        match method, *place.split("/"):
            case "GET", "":
                found: Any = {"default_branch": "main"}
            case "GET", "issues":
                found = _page([each for each in self.issues if each["state"] == query["state"]], query)
            case "POST", "issues":
                found = _added(
                    self.issues, sent | {"number": len(self.issues) + 1, "state": "open", "user": BOT}
                )
            case "PATCH", "issues", "comments", number:
                found = self.comments[int(number)].update(sent)
            case "PATCH", "issues", number:
                found = self.issues[int(number) - 1].update(sent)
            case "GET", "issues", number, "comments":
                found = _page([each for each in self.comments if each["on"] == number], query)
            case "POST", "issues", number, "comments":
                found = _added(self.comments, sent | {"id": len(self.comments), "on": number, "user": BOT})
            case "GET", "pulls":
                found = [each for each in self.pulls if query["head"] == f"organisation:{each['head']}"]
            case "POST", "pulls":
                found = _added(self.pulls, sent | {"number": 70 + len(self.pulls)})
            case _:
                found = self._git(method, place, query, sent)
        return found

    def _git(self, method: str, place: str, query: dict[str, str], sent: dict[str, Any]) -> Any:
        match method, *place.split("/", 3):
            case "GET", "git", "ref", "heads", name:
                return {"object": {"sha": self.branches[name]}}
            case "GET", "git", "matching-refs", "heads", name:
                return [{"ref": f"refs/heads/{each}"} for each in self.branches if each.startswith(name)]
            case "POST", "git", "refs":
                self.branches[sent["ref"].removeprefix("refs/heads/")] = sent["sha"]
            case "PATCH", "git", "refs", "heads", name:
                assert sent["force"]
                self.branches[name] = sent["sha"]
            case "GET", "contents", path:
                return {
                    "content": base64.encodebytes(self.files[f"{query['ref']}:{path}"]).decode(),
                    "sha": "b",
                }
            case "PUT", "contents", path:
                self.files[f"{sent['branch']}:{path}"] = base64.b64decode(sent["content"])
            case _:
                raise KeyError(place)
        return {}


def _added(to: list[dict[str, Any]], what: dict[str, Any]) -> dict[str, Any]:
    to.append(what)
    return what


def _page(of: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"]), int(query["page"])
    return of[size * (page - 1) : size * page]


@contextmanager
def github() -> Iterator[Repository]:
    """An empty repository."""
    has = Repository()

    class Handler(BaseHTTPRequestHandler):
        def answered(self) -> None:
            parts = urlsplit(self.path)
            place = parts.path.removeprefix(f"/repos/{REPOSITORY}").strip("/")
            has.asked.append(f"{self.command} {place}")
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or "{}")
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            code, said = has.refuses or 200, {}
            if not has.refuses and self.headers["Authorization"] != f"Bearer {TOKEN}":
                code = 401
            if code == 200:
                try:
                    said = has.answer(self.command, place, query, sent)
                except (KeyError, IndexError):
                    code = 404
            content = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = answered  # noqa: N815 - names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, serving(server):
        has.url = f"http://127.0.0.1:{server.server_port}"
        yield has
