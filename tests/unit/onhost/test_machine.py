"""What a host says of itself: files, units, packages and accounts, each as it is and none that is not."""

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from onhost import machine

SHOWN = """LoadState=loaded
ActiveState=active
ActiveEnterTimestamp=@1764223200

LoadState=loaded
ActiveState=inactive
ActiveEnterTimestamp=

LoadState=masked
ActiveState=inactive
ActiveEnterTimestamp=

LoadState=not-found
ActiveState=inactive
"""
NAMES = ("docker.service", "guildhall-boot.service", "fail2ban.service", "nosuch.service")


def test_a_unit_is_started_active_and_wanted_each_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "WANTS", str(tmp_path))
    for name in ("guildhall-boot.service", "fail2ban.service"):
        link = tmp_path / "multi-user.target.wants" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to("/nowhere")

    assert dict(machine._units(NAMES, SHOWN)) == {
        "docker.service": (1764223200, True, False),
        "guildhall-boot.service": (0, False, True),
        "fail2ban.service": (0, False, False),
        "nosuch.service": (0, False, False),
    }
    assert dict(machine._units(NAMES, "")) == {"docker.service": (0, False, False)}


def test_a_package_of_which_something_is_left_is_not_installed() -> None:
    said = "curl installed\nsudo config-files\nzlib1g installed\nlibc6 unpacked\n"

    assert list(machine._installed(said)) == ["curl", "zlib1g"]


def test_a_file_is_its_mode_owners_time_and_content(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x")
    file.chmod(0o640)
    os.utime(file, (7, 7.9))
    owners = f"{machine._user(os.getuid())}:{machine._group(os.getgid())}"

    assert machine._file(str(file)) == (f"640 {owners}", 7, hashlib.sha256(b"x").hexdigest())
    assert machine._file(str(tmp_path / "nosuch")) is None


def test_what_is_no_plain_file_has_no_content(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "other").symlink_to("real")

    found: list[Any] = [machine._file(str(tmp_path / name)) for name in ("pipe", "link", "other", ".")]
    assert [each[2] for each in found] == ["", "", "", ""]


def test_an_owner_without_a_name_is_a_number() -> None:
    assert (machine._user(0), machine._group(0)) == ("root", "root")
    assert (machine._user(987654), machine._group(987654)) == ("987654", "987654")


def test_accounts_are_those_that_there_are() -> None:
    assert machine._account("root")
    assert not machine._account("no-such-account")
    assert machine._members("no-such-group") == []


def test_the_distribution_is_read_without_quotes() -> None:
    assert machine.system('ID=debian\nVERSION_ID="13"\n\n# x\n') == {"ID": "debian", "VERSION_ID": "13"}


def test_rules_are_those_that_were_loaded_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = tmp_path / "firewall"
    monkeypatch.setattr(machine, "LOADED", str(noted))
    noted.write_text(f"{hashlib.sha256(b'table').hexdigest()}  -\n")

    assert machine._loaded(b"table")
    assert not machine._loaded(b"another")
    assert not machine._loaded(b"")
    noted.unlink()
    assert not machine._loaded(b"table")


def test_all_that_is_asked_is_told_and_programs_are_asked_for_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, started = b"table inet guildhall {}\n", list[tuple[str, ...]]()
    answers = {"systemctl": SHOWN.encode(), "dpkg-query": b"curl installed\n", "nft": rules}

    class Saying:
        def __init__(self, *argv: str) -> None:
            started.append(argv)
            self.said = partial(answers.__getitem__, argv[0])

    file, loaded, identity, applied = (tmp_path / name for name in ("file", "loaded", "identity", "applied"))
    file.write_text("x")
    loaded.write_text(hashlib.sha256(rules).hexdigest())
    identity.write_text('{"name": "tools-prod"}')
    applied.write_text('{"package curl": "yes"}')
    monkeypatch.setattr(machine, "Saying", Saying)
    monkeypatch.setattr(machine, "WANTS", str(tmp_path))
    monkeypatch.setattr(machine, "LOADED", str(loaded))
    monkeypatch.setattr(machine, "IDENTITY", str(identity))
    monkeypatch.setattr(machine, "APPLIED", str(applied))
    asked = {
        "files": [str(file), "/nosuch"],
        "units": ["docker.service"],
        "packages": ["curl"],
        "accounts": ["root", "nobody-has-this-name"],
        "groups": ["nobody-has-this-name"],
    }
    told = machine.Machine(asked).told()

    assert [argv[0] for argv in started] == ["systemctl", "dpkg-query", "nft"]
    assert started[0] == (*machine.SHOW, "docker.service")
    assert started[1] == (*machine.LIST, "curl")
    assert started[2] == machine.RULES
    assert told.pop("timezone") == os.path.realpath("/etc/localtime").rpartition("/zoneinfo/")[2]
    assert told.pop("system") == machine.system(Path("/etc/os-release").read_text())
    assert told == {
        "kind": "host",
        "identity": '{"name": "tools-prod"}',
        "applied": '{"package curl": "yes"}',
        "files": {str(file): machine._file(str(file))},
        "accounts": ["root"],
        "groups": {"nobody-has-this-name": []},
        "units": {"docker.service": (1764223200, True, False)},
        "packages": ["curl"],
        "rules": True,
    }
    started.clear()
    nothing = machine.Machine({kind: [] for kind in asked}).told()

    assert started == [machine.RULES]
    assert (nothing["units"], nothing["packages"], nothing["files"]) == ({}, [], {})
