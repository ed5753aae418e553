"""HTTP without a network: what is asked of a client's session, and what it is answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import requests

KEY = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
API = "https://api.example.net"

Client = TypeVar("Client")


@dataclass
class Asked:
    """One request, as a client made it."""

    method: str
    url: str
    params: dict[str, Any]
    body: Any
    headers: dict[str, str]
    timeout: float
    redirects: bool


@dataclass
class Session:
    """In the place of requests' own; each request is given to `answer`."""

    answer: Callable[[Asked], tuple[int, Any] | tuple[int, Any, dict[str, str]]]
    """Status, content (bytes as they are, anything else as JSON), and headers of this answer alone."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of every answer."""
    asked: list[Asked] = field(default_factory=list)

    def request(self, method: str, url: str, **given: Any) -> requests.Response:
        """As requests.Session has it."""
        data = given.get("data")
        self.asked.append(
            Asked(
                method=method,
                url=url,
                params=dict(given.get("params") or {}),
                body=json.loads(data) if data else None,
                headers=dict(given["headers"]),
                timeout=given["timeout"],
                redirects=given["allow_redirects"],
            )
        )
        response = requests.Response()
        response.status_code, content, *more = self.answer(self.asked[-1])
        response._content = content if isinstance(content, bytes) else json.dumps(content).encode()
        response.headers.update(self.headers, **(more[0] if more else {}))
        response.url = url
        return response


Answer = Callable[[Asked], tuple[int, Any]]


def use_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scaleway's clients find a key and a project."""
    for name, value in {
        "SCW_ACCESS_KEY": "SCWXXXXXXXXXXXXXXXXX",
        "SCW_SECRET_KEY": KEY,
        "SCW_DEFAULT_PROJECT_ID": PROJECT,
        "SCW_DEFAULT_REGION": "fr-par",
        "SCW_API_URL": API,
    }.items():
        monkeypatch.setenv(name, value)


def answered(client: Client, answer: Answer) -> tuple[Client, Session]:
    """A client of Scaleway's whose requests are given to `answer`."""
    session = Session(answer)
    client._api._session = session  # type: ignore[attr-defined]
    return client, session
