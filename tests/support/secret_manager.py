"""A Scaleway Secret Manager on a loopback port, for tests of what asks it."""

import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from lab.cloud.scaleway_api import Cloud, serve
from tasks.clients import http
from tasks.secrets import ScalewayStore

KEY = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
CANARY = "canary-b7e1-value"


@contextmanager
def running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an API that is empty; SCW_* variables lead to it, and retries do not wait long."""
    server: HTTPServer = serve(Cloud(folder / "state.json", KEY, PROJECT, "fr-par"), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("SCW_ACCESS_KEY", "SCWXXXXXXXXXXXXXXXXX")
    monkeypatch.setenv("SCW_SECRET_KEY", KEY)
    monkeypatch.setenv("SCW_DEFAULT_PROJECT_ID", PROJECT)
    # As of an organisation whose first project this is.
    monkeypatch.setenv("SCW_DEFAULT_ORGANIZATION_ID", PROJECT)
    monkeypatch.setenv("SCW_DEFAULT_REGION", "fr-par")
    monkeypatch.setenv("SCW_API_URL", url)
    monkeypatch.setattr(http.RETRY, "backoff_factor", 0.01)
    yield url
    server.shutdown()
    server.server_close()
    thread.join()


def fresh(environment: str = "test") -> ScalewayStore:
    """A store that has read nothing yet."""
    return ScalewayStore(environment, timeout=0.5)


def fault(api: str, kind: str, **more: Any) -> None:
    requests.post(f"{api}/_lab/fault", json={"kind": kind, **more}, timeout=5).raise_for_status()


def asked(api: str) -> Counter[str]:
    """How often each call was made."""
    return Counter(requests.get(f"{api}/_lab/requests", timeout=5).json()["requests"])


def failure(store: ScalewayStore) -> str:
    """What a failed read says: one line, with neither token nor value anywhere in its traceback."""
    with pytest.raises(
        ValueError, match="Scaleway Secret Manager /guildhall/test: cannot read outline: "
    ) as caught:
        store.read("outline")
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown
    assert KEY not in shown
    assert "\n" not in str(caught.value)
    return str(caught.value)
