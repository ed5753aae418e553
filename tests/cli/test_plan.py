"""`guildhall plan`: how it ends, what it prints, and that nothing else is on standard output."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalogue import APPS
from onhost.answer import BEGIN, END
from tasks import checkout
from tests.support.plans import BARE_HOSTS, Production, production
from tests.support.project import Ran

BARE = '{"kind": "bare", "identity": "", "system": ""}'


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    with production(tmp_path_factory.mktemp("operator") / "copy") as made:
        yield made


def plan(operator: Production, *words: str, **variables: str) -> Ran:
    return operator.run(BARE_HOSTS, "guildhall", "plan", *words, **variables)


def hosts(ran: Ran) -> dict[str, Any]:
    """The hosts of a plan as JSON."""
    made = json.loads(ran.out)
    assert made["code"] == ran.code
    return {host["name"]: host for host in made["hosts"]}


def test_bare_hosts_would_get_everything_and_a_pull_request_is_told_so(operator: Production) -> None:
    as_data, for_people = plan(operator, "--json"), plan(operator, "--markdown")
    found = hosts(as_data)

    assert (as_data.code, for_people.code) == (2, 2)
    assert [step["app"] for step in found["management"]["apps"]] == [
        app.name for app in APPS if app.group in ("management", "all")
    ]
    assert "Host | packages: what the host needs" in [step["name"] for step in found["tools-prod"]["steps"]]
    [outline] = [step for step in found["tools-prod"]["apps"] if step["app"] == "outline"]
    assert outline["restarts"] == ["outline", "redis", "redis-exporter"]
    assert outline["place"].startswith("catalogue/apps/outline.py:")
    assert for_people.out.startswith("### Plan for production: ")
    assert (as_data.err, for_people.err) == ("", "")


def test_a_host_that_is_down_is_named_and_the_plan_of_the_others_is_whole(operator: Production) -> None:
    ran = plan(operator, "--json", HOSTS_DOWN="management")
    found = hosts(ran)

    assert ran.code == 3
    assert "it is down" in found["management"]["unreachable"]
    assert not found["management"]["apps"]
    assert all(found[name]["apps"] for name in ("tools-prod", "authentik-prod"))


def test_where_every_host_is_down_each_is_named(operator: Production) -> None:
    ran = plan(operator, HOSTS_DOWN="management tools-prod authentik-prod")

    assert ran.code == 3
    assert ran.out.count("NOT REACHED: ") == 3
    assert "3 hosts not reached" in ran.out.splitlines()[-1]


def test_a_host_that_cannot_be_read_is_an_error_and_the_others_are_planned(
    operator: Production, tmp_path: Path
) -> None:
    says = tmp_path / "says.json"
    says.write_text(json.dumps({"management": {" read;": [BEGIN, '{"kind": "stack", "app']}}))
    ran = plan(operator, "--json", HOSTS_SAY=str(says))
    found = hosts(ran)

    assert ran.code == 1
    assert "its answer was cut off; deploy again" in found["management"]["problem"]
    assert found["tools-prod"]["apps"]


def stack(app: str, version: str, commit: str, by: str) -> str:
    """What a host says of an app that somebody deployed."""
    release = "20260101T000000Z-aaaaaaaaaaaa"
    manifest = {"files": {}, "services": {}, "secrets": {}, "images": [], "compose": ""}
    return json.dumps({
        "kind": "stack", "app": app, "current": release, "stands": release, "applied": release,
        "manifest": manifest | {"version": version, "commit": commit}, "version": version, "files": {},
        "mode": "", "opened": {}, "astray": [], "last": {"by": by},
    })  # fmt: skip


def test_what_another_has_not_committed_is_not_set_back_silently(
    operator: Production, tmp_path: Path
) -> None:
    """Whoever deploys may try what is not committed, and go on trying."""
    mine = stack("outline", "1.0.0", "0123456789+", checkout.operator())
    others = stack("nextcloud", "1.0.0", "0123456789+", "ben@laptop")
    says = tmp_path / "says.json"
    says.write_text(json.dumps({"tools-prod": {" read;": [BEGIN, BARE, mine, others, END]}}))
    found = hosts(plan(operator, "--json", HOSTS_SAY=str(says)))["tools-prod"]
    only = hosts(plan(operator, "--json", "--app", "outline", HOSTS_SAY=str(says)))["tools-prod"]

    assert found["ahead"] == ["nextcloud"]
    assert only["ahead"] == []


def test_a_step_that_is_refused_is_an_error(operator: Production, tmp_path: Path) -> None:
    says = tmp_path / "says.json"
    newer = stack("outline", "999.1", "0" * 10, "")
    says.write_text(json.dumps({"tools-prod": {" read;": [BEGIN, BARE, newer, END]}}))
    ran = plan(operator, "--json", "--app", "outline", HOSTS_SAY=str(says))
    [outline] = hosts(ran)["tools-prod"]["apps"]

    assert ran.code == 1
    assert "outline cannot go back from 999.1" in outline["refused"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--limit", "nosuch"], "--limit nosuch: "),
        (["--app", "nosuch"], "--data app=nosuch: the catalogue has no such app"),
        (["deploys/nosuch.py"], "No deploy file: deploys/nosuch.py"),
    ],
)
def test_bad_input_is_refused_in_one_line(operator: Production, words: list[str], said: str) -> None:
    ran = plan(operator, *words, "--json")
    made = json.loads(ran.out)

    assert (ran.code, made["code"], made["hosts"]) == (1, 1, [])
    [line] = ran.err.splitlines()
    assert line == made["error"]
    assert line.startswith(said)


def test_a_mistake_in_a_deploy_is_one_line(operator: Production) -> None:
    operator.project.write("deploys/broken.py", "raise RuntimeError('on purpose')\n")
    ran = plan(operator, "deploys/broken.py", "--json")

    assert ran.code == 1
    assert "on purpose" in json.loads(ran.out)["error"]
    assert "Traceback" not in ran.err
