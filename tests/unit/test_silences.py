"""A silence: what is asked for, what there is, and what is refused before a server is contacted."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue import APPS
from tasks import remote, silences
from tests.support.site import app

NOW = datetime(2026, 1, 31, 18, tzinfo=UTC)
WIKI = app("outline")


def silence(
    name: str = "outline", state: str = "active", ends: str = "2026-01-31T20:00:00Z"
) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "matchers": [{"name": "app", "value": name, "isRegex": False, "isEqual": True}],
        "endsAt": ends,
        "createdBy": "ada@laptop",
        "comment": "it moves",
        "status": {"state": state},
    }


def test_a_silence_is_of_an_app_for_a_time_with_who_wanted_it_and_why() -> None:
    assert silences.wanted(WIKI, "2h", " it moves ", "ada@laptop", NOW) == {
        "matchers": [{"name": "app", "value": "outline", "isRegex": False, "isEqual": True}],
        "startsAt": "2026-01-31T18:00:00+00:00",
        "endsAt": "2026-01-31T20:00:00+00:00",
        "createdBy": "ada@laptop",
        "comment": "it moves",
    }


@pytest.mark.parametrize(("lasts", "ends"), [("90m", "31T19:30"), ("1d", "01T18:00"), ("30d", "02T18:00")])
def test_how_long_it_lasts_has_a_unit(lasts: str, ends: str) -> None:
    assert ends in silences.wanted(WIKI, lasts, "x", "", NOW)["endsAt"]


@pytest.mark.parametrize(
    "lasts", ["", "2", "h", "0h", "-1h", "2 h", "2h30m", "31d", "9999d", "99999h", "2w", "\u0662h"]
)
def test_what_is_no_time_is_refused(lasts: str) -> None:
    with pytest.raises(ValueError, match=f"how long is '{lasts}'; write 30m, 2h or 3d, 30d at most"):
        silences.wanted(WIKI, lasts, "it moves", "", NOW)


@pytest.mark.parametrize("because", ["", " "])
def test_it_needs_a_reason(because: str) -> None:
    with pytest.raises(ValueError, match=r'say why, .*guildhall silence outline 2h --because "…"'):
        silences.wanted(WIKI, "2h", because, "", NOW)


def test_what_is_not_over_is_a_line_each_and_the_next_to_end_comes_first() -> None:
    later = silence("n8n", "pending", "2026-01-31T21:00:00Z")
    over = silence("grafana", "expired")

    first, second = silences.lines([later, over, silence()])
    assert first.startswith("outline   ")
    assert first.endswith(f"until {remote.local('2026-01-31T20:00:00Z')}  ada@laptop: it moves")
    assert second.startswith("n8n   ")


def test_of_an_app_only_its_own_silences_are_ended() -> None:
    made_by_hand = silence()
    made_by_hand["matchers"] = [*made_by_hand["matchers"], {"name": "host", "value": "tools-prod"}]
    found = [silence(), silence("n8n"), silence(state="expired"), made_by_hand]

    assert silences.active(found, "outline") == [silence()]
    assert silences.active(found) == [silence(), silence("n8n"), made_by_hand]


class Server:
    """The host that sends alerts: what it was asked, and what it answers."""

    name, groups = "management", ("management",)
    data = SimpleNamespace(private_ip="10.0.0.5")
    current_op_global_arguments: dict[str, Any] = {}  # noqa: RUF012 - pyinfra's own name and kind

    def __init__(self, answer: str, good: bool = True) -> None:
        self.answer, self.good = answer, good
        self.asked: list[tuple[str, str]] = []

    def run_shell_command(self, command: str, _stdin: str) -> tuple[bool, Any]:
        self.asked.append((command.removeprefix(f"{silences.CURL} "), _stdin))
        return self.good, SimpleNamespace(stdout_lines=[self.answer], output=self.answer)


def asked(monkeypatch: pytest.MonkeyPatch, server: Server) -> silences.Silences:
    # What is connected to twice has no connection.
    once = iter([server])
    monkeypatch.setattr(remote, "connected", lambda _: next(once))
    inventory: Any = [server]
    return silences.Silences(inventory, APPS)


def test_it_is_asked_for_at_the_address_of_what_sends_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(json.dumps([silence()]))
    there = asked(monkeypatch, server)
    new = silences.wanted(WIKI, "2h", "it's mine; $(id)", "ada", NOW)

    assert there.all() == [silence()]
    there.add(new)
    there.end(silence())
    url = "http://10.0.0.5:9093/api/v2/silence"
    assert server.asked == [
        (f"{url}s", ""),
        (f"--data @- {url}s", json.dumps(new)),
        (f"--request DELETE {url}/id-outline", ""),
    ]


def test_what_alertmanager_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    there = asked(monkeypatch, Server('"end time can\'t be in the past"\n', good=False))

    with pytest.raises(ValueError, match=r"management: alerts are not sent from there: .*in the past"):
        there.all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("outlin", "2h", "x"), "the catalogue has no app 'outlin'; write outline"),
        (("outline", "2x", "x"), "how long is '2x'"),
        (("outline", "2h", ""), "say why"),
        (("outline", "", ""), 'write guildhall silence outline 2h --because "…", or .* outline --end'),
        (("outline", "", "x"), "write guildhall silence outline 2h"),
        (("", "", "x"), "write which program"),
    ],
)
def test_what_is_wrong_with_what_was_typed_is_said(words: tuple[str, str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        silences.order(APPS, *words, end=False)


def test_the_end_is_of_a_program_and_has_no_length() -> None:
    assert silences.order(APPS, "outline", "", "", end=True) == silences.Order(end="outline")
    assert silences.order(APPS, "", "", "", end=False) == silences.Order()
    for app_, lasts in (("", ""), ("outline", "2h")):
        with pytest.raises(ValueError, match="write "):
            silences.order(APPS, app_, lasts, "x", end=True)
