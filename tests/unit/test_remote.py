"""One server outside of a run: which one, and what is typed there."""

from types import SimpleNamespace
from typing import Any

import pytest
from pyinfra.api.exceptions import ConnectError

from tasks import remote
from tests.support.site import app


def host(name: str, *groups: str, **data: object) -> Any:
    return SimpleNamespace(name=name, groups=groups, data=SimpleNamespace(ssh_user="root", **data))


TOOLS, OTHER = host("tools-prod", "tools"), host("management", "management")


def test_an_app_of_one_server_needs_no_name_of_it() -> None:
    inventory: Any = [TOOLS, OTHER]

    assert remote.one(inventory, app("outline"), "") is TOOLS
    assert remote.one(inventory, app("alloy"), "management") is OTHER


@pytest.mark.parametrize(("name", "on"), [("alloy", ""), ("outline", "management"), ("alloy", "nosuch")])
def test_where_it_is_not_plain_which_server_is_meant_they_are_named(name: str, on: str) -> None:
    inventory: Any = [TOOLS, OTHER]

    with pytest.raises(ValueError, match=rf"{name} runs on tools-prod.*; say which by --on SERVER"):
        remote.one(inventory, app(name), on)


def test_an_app_of_a_group_without_servers_is_refused() -> None:
    inventory: Any = [OTHER]

    with pytest.raises(ValueError, match="outline: no server is in its group 'tools'"):
        remote.one(inventory, app("outline"), "")


def test_a_shell_goes_the_way_that_the_deploy_goes() -> None:
    there = host(
        "tools-prod",
        ssh_hostname="192.0.2.7",
        ssh_port=2222,
        ssh_key="key",
        ssh_known_hosts_file="known",
        _sudo=True,
    )
    command = remote.compose(app("outline"), "exec", "outline", "sh")

    assert remote.ssh(there, command) == [
        *("ssh", "-t", "-i", "key", "-p", "2222", "-o", "UserKnownHostsFile=known", "root@192.0.2.7"),
        "sudo docker compose --project-directory /opt/outline exec outline sh",
    ]
    assert remote.ssh(TOOLS, "id") == ["ssh", "-t", "root@tools-prod", "id"]


def test_the_record_of_deploys_is_read_by_app_and_what_is_no_line_of_it_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = (
        '{"time":"2026-01-31T23:00:00Z","app":"outline","revision":"aa","from":"","by":"ops","commit":"c",'
        '"result":"deployed","seconds":3}'
    )
    output = SimpleNamespace(stdout_lines=[line, "{", "[]", line.replace("outline", "n8n")])
    there = SimpleNamespace(run_shell_command=lambda *_, **__: (True, output), current_op_global_arguments={})
    monkeypatch.setattr(remote, "connected", lambda _: there)
    one: Any = there

    assert [entry["app"] for entry in remote.deploys(one)] == ["outline", "n8n"]
    assert [entry["result"] for entry in remote.deploys(one, "outline")] == ["deployed"]


def test_a_record_of_deploys_that_cannot_be_read_is_no_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    output = SimpleNamespace(stdout_lines=[], stderr="this key may only read")
    there: Any = SimpleNamespace(
        run_shell_command=lambda *_, **__: (False, output), current_op_global_arguments={}, name="tools-prod"
    )
    monkeypatch.setattr(remote, "connected", lambda _: there)

    with pytest.raises(ValueError, match=r"^tools-prod: its record of deploys cannot be read: this key may"):
        list(remote.deploys(there))


def test_a_time_is_told_with_its_distance_from_utc() -> None:
    assert remote.local("2026-01-31T23:00:00Z")[-5] in "+-"
    assert remote.local("never").strip() == "never"


@pytest.mark.parametrize(
    ("since", "good"),
    [
        ("30m", True),
        ("2026-01-31T18:00", True),
        ("1h; id", False),
        ("1d", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_when_is_a_time(since: str, good: bool) -> None:
    assert bool(remote.SINCE.fullmatch(since)) == good


def test_a_server_that_is_away_is_named_and_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def connect(**_: object) -> None:
        raise ConnectError("it is down")

    away: Any = host("tools-prod", "tools")
    away.connect, away.inventory = connect, ()
    monkeypatch.setattr(remote, "State", lambda *_: None)

    with pytest.raises(remote.AwayError, match="tools-prod: NOT REACHED: it is down") as raised:
        remote.connected(away)

    assert raised.value.exit_code == 3
    assert remote.history([away], "") == ([], ["tools-prod: NOT REACHED: it is down"])  # type: ignore[arg-type]
