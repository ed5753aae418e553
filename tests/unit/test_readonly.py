"""A key that may only read: what the server runs for it, and ways to get at more that it refuses."""

import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import Site
from tasks import look
from tasks.host import READ
from tasks.host.access import FORCED, READONLY, access
from tasks.host.firewall import setting as rules
from tasks.host.people import KEYS
from tasks.host.readonly import LIST, SHOWN, listed, setting
from tasks.plan import HostPlan, HostStep, noted
from tasks.settings import ROOT
from tasks.verify.asked import watched
from tasks.verify.operation import _wait_seconds
from tests.support.reading import (
    COMPARED,
    FILES,
    GIVEN,
    IDENTITY,
    LEFT,
    PATHS,
    PLACES,
    PORTS,
    PROGRAM,
    QUESTIONS,
    ROLES,
    SCAN,
    STACKS,
    WAYS,
    asked,
    tried,
)
from tests.support.ssh_keys import ed25519

Allowed = Callable[[bytes, bytes], tuple[list[Any], bytes]]
KNOWN = json.loads(listed(QUESTIONS, COMPARED, PLACES))


def written(folder: Path) -> Path:
    """A program in a folder, as a deploy leaves it."""
    file = folder / "program.py"
    file.write_text("print(1)")
    file.chmod(0o644)
    return file


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Those of the program that lies on the server, whose files lie in a folder."""
    program = runpy.run_path(str(ROOT / "files/host/readonly.py"), run_name="readonly")
    own: dict[str, Any] = program["allowed"].__globals__
    own |= {"PROGRAM": str(written(tmp_path_factory.mktemp("server"))), "OWNER": os.getuid()}
    return own


@pytest.fixture(scope="module")
def allowed(names: dict[str, Any]) -> Allowed:
    """The program's own judgement."""
    return lambda said, given: names["allowed"](said, KNOWN, given)


def test_what_a_plan_and_verify_ask_runs_and_is_told_nothing_else(allowed: Allowed) -> None:
    shell = ["/bin/sh", "-c"]

    assert allowed(IDENTITY, b"anything") == ([*shell, IDENTITY], b"")
    assert allowed(b"sudo -H -n " + IDENTITY, b"") == ([*shell, IDENTITY], b"")
    assert allowed(ROLES, GIVEN) == ([*shell, ROLES], GIVEN)
    assert allowed(FILES, PATHS) == ([*shell, FILES], PATHS)
    assert allowed(FILES, b"") == ([*shell, FILES], b"")


def test_the_servers_own_program_runs_and_not_the_one_that_came(
    allowed: Allowed, names: dict[str, Any]
) -> None:
    for verb, command, given in (("read", STACKS, asked()), ("scan", SCAN, tried())):
        words, told = allowed(command, given)

        assert words == ["/usr/bin/python3", "-I", "-S", names["PROGRAM"], verb]
        assert PROGRAM.strip() not in told


def test_a_plan_asks_of_files_that_are_listed_and_of_any_package_unit_account_and_group(
    allowed: Allowed,
) -> None:
    known = {"packages": ["g++", "libc6:i386"], "units": ["getty@tty1.service"], "accounts": ["ada"]}
    _, told = allowed(STACKS, asked(**known, groups=["sudo", "adm", "sudo"]))

    assert json.loads(told) == {**known, "files": sorted(COMPARED), "groups": ["adm", "sudo"]}


@pytest.mark.parametrize("plan", [{}, {"servers": ["192.0.2.9"], "services": [["evil.example.net", 80]]}])
def test_only_ports_of_what_verify_tries_come_with_the_key(allowed: Allowed, plan: dict[str, object]) -> None:
    words, given = allowed(SCAN, tried(**plan))

    assert words[-1] == "scan"
    assert json.loads(given) == {**PLACES, **PORTS}


def test_what_has_moved_may_be_left_for_alerts(allowed: Allowed) -> None:
    plan = (ROOT / "tests/plans/site.txt").read_text().splitlines()
    steps = tuple(HostStep(name=line[:56].strip(), cause="both") for line in plan)
    made = HostPlan(name="tools-prod", steps=steps)
    told = "".join(f"{line}\n" for line in noted(made, 1790000000)).encode()

    assert b"""part="Host | bans: the edge's log",moved="both"} 1\n""" in told
    assert allowed(LEFT, told) == (["/bin/sh", "-c", LEFT], told)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_to_more_is_refused(allowed: Allowed, names: dict[str, Any], way: str) -> None:
    with pytest.raises(names["REFUSED"]):
        allowed(*WAYS[way])


def _linked(file: Path) -> None:
    file.rename(file.with_name("real.py"))
    file.symlink_to(file.with_name("real.py"))


def _a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "everybody's": lambda file: file.chmod(0o666),
    "a link": _linked,
    "gone": lambda file: file.unlink(),
    "a folder": _a_folder,
    "a pipe": _a_pipe,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_program_on_the_server_that_is_not_the_deploys_is_not_run(
    allowed: Allowed, names: dict[str, Any], damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(names, "PROGRAM", str(written(tmp_path)))
    DAMAGES[damage](tmp_path / "program.py")

    with pytest.raises(names["REFUSED"]):
        allowed(STACKS, asked())


def test_a_file_of_somebody_else_is_not_believed(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(names, "OWNER", os.getuid() + 1)
    (tmp_path / "list").write_text("{}")

    with pytest.raises(ValueError, match="is not root's alone"):
        names["owned"](str(tmp_path / "list"))


def test_the_list_holds_digests_of_commands_and_says_what_each_is_told() -> None:
    made = listed(QUESTIONS, COMPARED, PLACES)
    kinds = list(json.loads(made)["commands"].values())

    assert sorted(kinds) == ["drift", "files", "none", "none", "none", "none", "passwords", "read", "scan"]
    assert "host.json" not in made
    assert setting(made).path == LIST


def verified(site: Site, host: str, *, at_once: bool = False, app: str = "", try_alerts: str = "") -> str:
    """What verify asks a host, as it is typed."""
    data = SimpleNamespace(at_once=at_once, app=app, try_alerts=try_alerts)
    this: Any = SimpleNamespace(name=host, data=data)
    waits = _wait_seconds(this)
    return look.inside(APPS, site, host, waits, watched(this, APPS, site, waits))


@pytest.mark.parametrize("app", ["", "outline"])
@pytest.mark.parametrize("at_once", [True, False])
def test_verify_asks_what_is_listed_whether_it_waits_or_not_of_one_app_or_all(
    site: Site, *, at_once: bool, app: str
) -> None:
    for host in site.hosts:
        known = look.questions(APPS, site, host.name)

        assert known[verified(site, host.name, at_once=at_once, app=app)] == "none"
        assert (known[READ], known[look.SCAN]) == ("none", "scan")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_test_that_people_are_sent_is_never_listed(site: Site, *, at_once: bool) -> None:
    for host in site.hosts:
        known = look.questions(APPS, site, host.name)
        asked = verified(site, host.name, at_once=at_once, try_alerts="yes")

        assert look.TEST in asked
        assert asked not in known
        assert not [each for each in known if look.TEST in each]


def test_of_what_decides_who_gets_in_a_plan_may_show_the_lines() -> None:
    settings = [*access({}, [], [ed25519("reader")]), rules("")]

    assert {each.path for each in settings if each.trial_seconds} == set(SHOWN)


def test_a_key_that_may_only_read_is_told_to_sshd_for_whoever_comes_and_its_comment_stays_away() -> None:
    ada, reader = ed25519("ada"), ed25519("reader")
    settings = {each.path: each for each in access({"ada": (ada,)}, [], [f'{reader} ",command="sh"'])}
    ada, reader = (" ".join(key.split()[:2]) for key in (ada, reader))

    assert READONLY in settings
    assert settings[KEYS].content == f"ada {ada}\nroot {FORCED}{reader}\nada {FORCED}{reader}\n"
    assert FORCED == 'restrict,command="/usr/bin/python3 -IS /usr/local/lib/guildhall/readonly.py" '
    assert READONLY not in {each.path for each in access({"ada": (ada,)}, [], [])}
