"""A value that would mislead a program or a file cannot be written: each is refused in one line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import pytest

from catalogue.model import Form, Record, Route, Site, Upgrade, WrongValueError, forms, runtime
from tests.support.site import app

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Record):
    """One field of each kind."""

    name: str = "x"
    number: int = 1
    flag: bool = True
    many: tuple[str, ...] = ()
    few: Annotated[int, Form("an even number", lambda number: number % 2 == 0)] = 2
    named: Mapping[str, int] = field(default_factory=dict)
    one: Literal["a", "b"] = "a"
    maybe: str | None = None
    whatever: Any = None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number": "5432; id"}, "number is '5432; id'; write a whole number"),
        ({"number": True}, "number is True; write a whole number"),
        ({"number": 1.5}, "number is 1.5; write a whole number"),
        ({"flag": "yes"}, "flag is 'yes'; write True or False"),
        ({"many": "abc"}, "many is 'abc'; write several in brackets, with a comma behind each: (…,)"),
        ({"many": ("a", None)}, "many[1] is None; write a text"),
        ({"few": 3}, "few is 3; write an even number"),
        ({"few": "3"}, "few is '3'; write a whole number"),
        ({"named": ["a"]}, "named is ['a']; write several in braces: {…: …, …: …}"),
        ({"named": {1: 1}}, "a key of named is 1; write a text"),
        ({"named": {"a": "b"}}, "named['a'] is 'b'; write a whole number"),
        ({"one": "c"}, "one is 'c'; write 'a' or 'b'"),
        ({"one": []}, "one is []; write 'a' or 'b'"),
        ({"maybe": 1}, "maybe is 1; write a text"),
    ],
)
def test_a_value_of_another_type_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        Example(**wrong)

    assert str(caught.value) == f"example 'x': {said}"
    assert caught.value.field == next(iter(wrong))


def test_what_a_field_says_is_taken() -> None:
    assert Example(maybe="a", many=("a",), named={"a": 1}, whatever=object())


def test_a_refusal_is_one_line_whatever_the_value_holds() -> None:
    with pytest.raises(ValueError, match="number is ") as caught:
        Example(number="a\nb\x1b[31m" + "z" * 99)  # type: ignore[arg-type]

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        # It begins the name of each bucket.
        ("organisation", ["Verein Nord", "Verein #1", "", "Fräulein", "Guildhall", "a`b", None, 5]),
        ("domains", [{"public": text, "ops": "hall.test"} for text in (
            "https://guild.test", "guild`.test", "", "gülde.test", "guild.test.", "GUILD.test", "test",
        )]),
        ("domains", ["guild.test", {"public": "a.b"}, {"public": "a.b", "ops": "c.d", "x": "e.f"}]),
        ("timezone", ["Europe/Pari", "", "../../etc/passwd", "Europe", "/etc/localtime", None]),
        ("network", ["10.0.0.0/33", "10.0.0.3/24", "", "nonsense", 5, "8.8.8.0/24"]),
        ("wildcards", ["tools", {"publc": "tools"}, {"public": "T"}, {"public": ["tools"]}]),
        ("docker_address_pool", ["10.0.0.0/8", "172.20.0.0/28", "nonsense", "1.0.0.0/8", "10.0.0.0/24"]),
        ("operator_addresses", ["203.0.113.7/32", 5, ("office",), ("203.0.113.7/24",)]),
        ("reboots", ["Sun 03:00", {"tools": "Sun 3:00"}, {"tools": "Sun 24:00"}]),
        ("reboots", [{"tools": "daily"}, {"T": "Sun 03:00"}, {"tools": None}]),
        ("mfa_groups", ["grafana", None, ("",), ("a\nb",)]),
        ("image_mirror", ["https://registry.example.org", "registry/", "a b", "a:0", "a:x", "u@h"]),
        ("acme_server", ["http://acme", "", "acme", "https://", "https://a b", "https://a/#b"]),
        ("alerts_email", ["nobody", "", "a b@c.de", "on"]),
        ("acme_email", ["nobody", "a b@c.de", "@c.de", "a@", "a@b\nc", "on"]),
        ("mail_from", ["on", "x@y.de\nz: 1", 'a"b@c.de']),
        ("postgres_host", ["postgres://h", "", "h:5432", "a b", "h;id", "-h"]),
        ("postgres_port", ["5432; id", 0, 65536, "5432", True, None]),
        ("s3_endpoint", ["s3.cloud.test", "http://s3", "https://s3/bucket", "https://s3?x"]),
        ("s3_region", ["fr par", "", "FR", "fr/par"]),
        ("smtp_host", ["smtp test", "smtp.test:465"]),
        ("smtp_port", ["465", 99999, 25, 587]),
        ("alerts_webhook", ["chat.example.org/x", "https://chat/x #frag: y", "on", None]),
        ("heartbeat_url", ["on", "http://x", 'https://x/"y']),
        ("environment", ["", 5, "a b"]),
    ],
)  # fmt: skip
def test_a_setting_that_would_mislead_is_refused_by_name(site: Site, setting: str, wrong: list[Any]) -> None:
    for value in wrong:
        with pytest.raises(ValueError, match=rf"\b{setting}\b") as caught:
            replace(site, **{setting: value})
        assert "write" in str(caught.value) or "set" in str(caught.value) or "see" in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "right"),
    [
        ("organisation", ["on", "null", "verein-nord"]),
        ("timezone", ["UTC", "America/Argentina/Buenos_Aires"]),
        ("image_mirror", ["", "registry:5000", "registry.example.org", "[fd00::5]:5000"]),
        ("postgres_host", ["10.0.0.9", "fd00::9", "db", "null"]),
        ("acme_server", ["https://acme.example.org:14000/directory?x=1"]),
        ("operator_addresses", [("203.0.113.7/32", "2001:db8::/64")]),
        ("docker_address_pool", ["192.168.0.0/16"]),
        ("s3_endpoint", ["https://s3.cloud.test:8333"]),
    ],
)
def test_a_setting_that_is_unusual_and_right_is_taken(site: Site, setting: str, right: list[Any]) -> None:
    for value in right:
        assert getattr(replace(site, **{setting: value}), setting) == value


ROUTE = Route(host="wiki", domain="public", service="outline", port=3000)
SERVICE, VOLUME = app("outline").services[0], app("outline").volumes[0]


@pytest.mark.parametrize(
    ("record", "name", "wrong"),
    [
        # In Traefik's language a backtick ends a text.
        (ROUTE, "host", ["wiki`) || Host(`x", "", "*", "a..b", "a.b", "Wiki", "wïki", "-a", "a_b"]),
        (ROUTE, "domain", ["publc", "", None]),
        (ROUTE, "port", ["3000", 0, 70000]),
        (ROUTE, "paths", [("/a`",), "/a", ("a",), ("/a b",), ('/a"',), ("/a\n",), ("/ä",)]),
        (ROUTE, "closed_paths", [("/a`",), ("",)]),
        (ROUTE, "login_path", ["auth/oidc", "/a b", 5]),
        (SERVICE, "user", ["999:999; id", "", "root", "999", "999:999:1", "٣:٣", 999]),
        (SERVICE, "memory_mb", ["1g", 1024.5, 8]),
        (SERVICE, "tmpfs", ["/run", (5,)]),
        (SERVICE, "stop_seconds", [-1, "30", None]),
        (SERVICE, "capabilities", [("chown",), "CHOWN"]),
        (SERVICE, "ports", [443, (443,)]),
        (VOLUME, "name", ["re dis;", "", "Redis", "../etc"]),
        (VOLUME, "owner", ["999:1000; id", "redis"]),
        (SERVICE.image, "repository", ["docker.io/outline wiki", "docker.io/Outline", "docker.io/a;b"]),
        (SERVICE.image, "tag", ["1.9.2 x", "1.9.2`", None, "1:2"]),
        (SERVICE.health, "command", ["true", (), (5,)]),
        (app("outline").oidc, "callback", ['https://x/"y', "callback", "/a b"]),
        (app("outline").oidc, "token_hours", ["12", 0]),
        (app("outline").database, "extensions", [('uuid"; drop',), "ltree"]),
        (app("outline"), "ready_seconds", [None, 0, "420"]),
        (app("outline"), "purpose", [None, "", "two\nlines"]),
        (app("outline"), "volumes", [VOLUME]),
        (app("outline"), "group", ["Tools", "", "@local"]),
        (app("outline").secrets[0], "bundle", ["s 3", "S3"]),
        (app("outline").secrets[0].rule, "kind", ["hexx"]),
        (app("authentik").upgrade, "step", ["some"]),
        (app("authentik").upgrade, "versions", [("2026.8.3",), ("8",), ("2026.8", "2026.5"), (), "2026.8"]),
    ],
)  # fmt: skip
def test_a_record_that_would_mislead_is_refused_by_name(record: Any, name: str, wrong: list[Any]) -> None:
    for value in wrong:
        with pytest.raises(ValueError, match=rf"{name}|command"):
            replace(record, **{name: value})


def test_a_list_of_versions_goes_with_the_step_that_needs_it() -> None:
    with pytest.raises(ValueError, match="`versions` go with step 'listed', and only with it"):
        Upgrade(step="any", one_way=True, versions=("2026.8",))


def test_a_version_is_listed_by_its_two_numbers_not_by_its_first_letters() -> None:
    upgrade = Upgrade(step="listed", one_way=True, versions=("2026.1", "2026.8"))

    assert upgrade.lists("2026.8.3")
    assert not upgrade.lists("2026.11.0")


def test_a_machine_that_has_no_list_of_time_zones_refuses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise forms.zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(forms.zoneinfo, "ZoneInfo", absent)

    assert forms._is_timezone("Europe/Paris")
    assert not forms._is_timezone("")


def test_a_form_is_of_the_whole_value_and_in_the_letters_that_programs_take() -> None:
    for matches in (forms._matches(r"\w+"), runtime._form("a word", r"\w+").good):
        assert matches("word")
        assert not matches("word!")
        assert not matches("wörd")
    assert runtime._form("a word", "x").words == "a word"
