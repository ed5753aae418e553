"""The services outside that stand for a chat and for what notices silence."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from lab.cloud.outside import SILENT_SECONDS, Silence, web


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def silence(said: list[str], clock: Clock) -> Silence:
    return Silence(said.append, clock)


@pytest.fixture
def client(silence: Silence) -> FlaskClient:
    return web(silence).test_client()


def posted(**other: Any) -> dict[str, Any]:
    alert = {"labels": {"alertname": "Heartbeat"}, "annotations": {"summary": "it works"}, "generatorURL": ""}
    return {"version": "4", "externalURL": "https://grafana.hall.test", "alerts": [alert]} | other


def after(seconds: float, silence: Silence, clock: Clock) -> None:
    clock.now += seconds
    silence.look()


def test_silence_is_said_once_with_its_seconds_and_its_end_as_well(
    silence: Silence, clock: Clock, said: list[str]
) -> None:
    after(9999, silence, clock)  # nobody has called yet
    silence.heard()
    after(SILENT_SECONDS, silence, clock)
    assert said == []

    after(1, silence, clock)
    after(60, silence, clock)
    assert said == ["Nobody has said for 181 s that alerts work: look at the management server"]
    silence.heard()
    assert said[1:] == ["Alerts work again, after 241 s of silence"]
    after(SILENT_SECONDS + 1, silence, clock)
    assert len(said) == 3


def test_who_calls_in_time_is_never_silent(silence: Silence, clock: Clock, said: list[str]) -> None:
    for _ in range(10):
        silence.heard()
        after(60, silence, clock)

    assert said == []


def test_what_came_is_shown(client: FlaskClient, clock: Clock) -> None:
    assert client.get("/").json == {"alerts": [], "calls": 0, "silent_seconds": None}

    assert client.post("/alerts", json=posted()).status_code == 200
    assert client.post("/alive", json=posted()).status_code == 200
    clock.now += 7
    assert client.get("/").json == {"alerts": [posted()], "calls": 1, "silent_seconds": 7}
    assert client.delete("/").json == {"alerts": [], "calls": 1, "silent_seconds": 7}


@pytest.mark.parametrize("path", ["/alerts", "/alive"])
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (None, "not of Alertmanager's version 4"),
        ([], "not of Alertmanager's version 4"),
        (posted(version="3"), "not of Alertmanager's version 4"),
        (posted(alerts=[]), "not of Alertmanager's version 4"),
        (posted(externalURL="http://0af3c1e2b4d5:9093"), "nobody can open http://0af3c1e2b4d5:9093"),
        (
            posted(alerts=[posted()["alerts"][0] | {"generatorURL": "http://0af3:9090/graph"}]),
            "nobody can open http://0af3:9090/graph",
        ),
        (posted(alerts=[{"labels": {}, "annotations": {"summary": "x"}}]), "an alert without alertname"),
        (posted(alerts=[{"labels": {"alertname": "X"}}]), "an alert without summary"),
    ],
)
def test_what_is_no_alert_for_people_is_refused(
    client: FlaskClient, silence: Silence, path: str, body: Any, why: str
) -> None:
    answer = client.post(path, json=body)

    assert (answer.status_code, answer.text.startswith(why)) == (400, True)
    assert client.get("/").json == {"alerts": [], "calls": 0, "silent_seconds": None}
