"""The first account: who has a command for it, what a person may say, and what reaches the server."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.apps import ORDER
from catalogue.model import App, FirstAdmin, Health, Image, Service, Upgrade
from tasks import admin, remote
from tests.support.documents import rows, spans

FORGE = Service(
    name="forge",
    image=Image(repository="docker.io/example/forge", tag="1.2.3"),
    health=Health(command=("true",), start_seconds=1),
    memory_mb=64,
    user="1:1",
)
FIRST = FirstAdmin(service="forge", command=("forge", "add"), asks=("NAME", "MAIL"), password=True)
APP = App(
    name="forge",
    purpose="A forge.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    services=(FORGE,),
    first_admin=FIRST,
)
PLAIN = App(name="plain", purpose="P.", group="tools", upgrade=APP.upgrade, services=(FORGE,))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["froge"], "the catalogue has no app 'froge'; write forge"),
        (["zzz"], "the catalogue has no app 'zzz'; it has forge, plain"),
        (["plain", "ada"], "plain: no command makes its first account"),
        (["forge", "ada"], "forge: type guildhall admin forge NAME MAIL"),
        (["forge", "ada", "a@b", "c"], "forge: type guildhall admin forge NAME MAIL"),
        (["forge", "ada", "a@b.example'; DROP"], 'forge: MAIL is "a@b.example\'; DROP"; write letters'),
        (
            ["forge", "a da", "a@b.example"],
            "forge: NAME is 'a da'; write letters, digits and . @ + - _",
        ),
        (["forge", "$(id)", "a@b.example"], "forge: NAME is '$(id)'; write"),
        (["forge", "", "a@b.example"], "forge: NAME is ''; write"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(words: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        admin.wanted((APP, PLAIN), words[0], words[1:])

    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def sent(monkeypatch: pytest.MonkeyPatch, good: bool = True, lines: Sequence[str] = ("done",)) -> Any:
    """What a server is told, and how the run ends: one of its answers is given."""
    heard: dict[str, Any] = {}

    def run(command: str, **options: Any) -> tuple[bool, Any]:
        heard.update(options, command=command)
        return good, SimpleNamespace(output="\n".join(lines))

    host = SimpleNamespace(
        name="tools-prod",
        run_shell_command=run,
        current_op_global_arguments={"_sudo": True, "_serial": False},
    )
    monkeypatch.setattr(remote, "servers", lambda *_: [host])
    monkeypatch.setattr(remote, "connected", lambda _: host)
    return heard


def test_a_password_goes_by_standard_input_and_into_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = sent(monkeypatch, lines=["forge: done", ""])
    said = admin.made(None, APP, FIRST, ("ada", "a@b.example"), "canary")  # type: ignore[arg-type]

    assert said == ["forge: done"]
    assert json.loads(heard.pop("_stdin").splitlines()[1]) == {
        "app": "forge",
        "service": "forge",
        "command": ["forge", "add", "ada", "a@b.example"],
        "given": "canary\n",
    }
    assert heard.pop("_sudo") is True
    assert heard.keys() == {"command"}
    assert "canary" not in heard["command"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["    it is there", "forge: FAILED in forge"], "    it is there\nforge: FAILED in forge"),
        ([], "forge: nothing was heard of it from tools-prod"),
    ],
)
def test_what_fails_is_said(monkeypatch: pytest.MonkeyPatch, lines: list[str], said: str) -> None:
    sent(monkeypatch, good=False, lines=lines)

    with pytest.raises(ValueError, match=r".") as caught:
        admin.made(None, APP, FIRST, ("ada", "a@b.example"), "canary")  # type: ignore[arg-type]
    assert str(caught.value) == said


def test_the_command_is_of_a_service_that_there_is() -> None:
    with pytest.raises(ValueError, match="app 'forge' has no service 'web'"):
        App(
            name="forge",
            purpose="A forge.",
            group="tools",
            upgrade=APP.upgrade,
            services=(FORGE,),
            first_admin=FirstAdmin(service="web", command=("a",)),
        )
    with pytest.raises(ValueError, match="first_admin in service 'web' needs a command"):
        FirstAdmin(service="web", command=())


OURS = {name.replace("_", "-") for name in ORDER}
"""What somebody adds is documented by whoever adds it."""


def test_the_documents_list_every_app_that_has_one() -> None:
    table = list(rows("docs/production.md", "| program | type |"))

    assert {span for cells in table for span in spans(cells[1])} == {
        admin.usage(app, app.first_admin) for app in APPS if app.first_admin and app.name in OURS
    }
    assert {cells[0].lower() for cells in table if "asks for a password" in cells[2]} == {
        app.name for app in APPS if app.name in OURS and app.first_admin and app.first_admin.password
    }
