"""A plan: how it ends, and what people and machines are shown of it."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from catalogue import APPS
from catalogue.model import Site
from tasks.last_lines import last_lines
from tasks.plan import (
    AppStep,
    Code,
    HostPlan,
    HostStep,
    Plan,
    drift,
    load,
    markdown,
    metrics,
    moved,
    names,
    noted,
    save,
    sick,
    standing_json,
    standings,
    text,
    to_json,
    with_missing,
)
from tasks.plan import shown as shown_of
from tasks.plan.collect import _places
from tasks.plan.model import ImageChange, LastDeploy
from tasks.plan.origin import place
from tasks.stacks import HostState, Stack
from tasks.stacks.state import Container
from tests.support.site import app
from tests.unit.test_zones import Remembered

NOTHING = HostPlan(name="tools-prod")
AWAY = HostPlan(name="management", unreachable="connection refused")
FAILED = HostPlan(name="management", problem="what runs on this host cannot be read")
STEP = HostStep(name="Host | ssh: keys only", details=("    ada: gets an account",), cause="both")
COMPLAINT = HostStep(name="Buckets | buckets: private", problems=("outline: refused",), changes=False)
OUTLINE = AppStep(
    app="outline",
    action="deploy",
    revision="8dd2a6097fb0",
    reasons=("image outlinewiki/outline 1.9.1 → 1.9.2", "OIDC_CLIENT_SECRET changed"),
    images=(ImageChange(repository="outlinewiki/outline", before="1.9.1", after="1.9.2"),),
    restarts=("outline", "worker"),
    one_way=True,
    last=LastDeploy(
        time="2026-01-31T10:00:00Z", by="anna@laptop", commit="abc", result="deployed", seconds=18
    ),
    place="catalogue/apps/outline.py:12",
    commits=("1234567 outline: 1.9.2",),
    diff=("--- host: outline/current/a", "+a | `b` <c> @d"),
)
REFUSED = replace(OUTLINE, refused="outline cannot go back from 2 to 1")


def plan(*hosts: HostPlan) -> Plan:
    return Plan(environment="production", commit="abc+", deploys=("deploys/site.py",), hosts=hosts)


def host(**parts: object) -> HostPlan:
    return replace(NOTHING, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hosts", "code"),
    [
        ([NOTHING], Code.NOTHING),
        ([NOTHING, host(steps=(STEP,))], Code.CHANGES),
        ([host(apps=(OUTLINE,))], Code.CHANGES),
        ([host(steps=(replace(STEP, changes=False),))], Code.NOTHING),
        ([host(steps=(replace(STEP, changes=False, problems=("no",)),))], Code.REFUSED),
        ([host(apps=(REFUSED,))], Code.REFUSED),
        ([host(apps=(OUTLINE,)), AWAY], Code.UNREACHABLE),
        ([AWAY, host(apps=(REFUSED,))], Code.REFUSED),
        ([NOTHING, FAILED], Code.REFUSED),
        ([host(unknown=("shop runs here, and no record knows it",))], Code.NOTHING),
    ],
)
def test_how_a_plan_ends(hosts: list[HostPlan], code: int) -> None:
    assert plan(*hosts).code == code
    assert to_json(plan(*hosts))["code"] == code


def shown(*hosts: HostPlan) -> str:
    return click.unstyle("\n".join(text(plan(*hosts))))


def test_a_person_is_told_of_an_app_what_why_from_where_and_for_how_long() -> None:
    assert shown(host(apps=(OUTLINE,))).splitlines() == [
        "tools-prod",
        "  outline       image outlinewiki/outline 1.9.1 → 1.9.2; OIDC_CLIENT_SECRET changed",
        "                its migration is ONE-WAY: no roll-back; back up first",
        "                starts outline, worker anew; took 18 s last time",
        "                catalogue/apps/outline.py:12, 1234567 outline: 1.9.2",
        "    --- host: outline/current/a",
        "    +a | `b` <c> @d",
        "production, abc+: 1 app, 2 services start anew",
    ]


def test_what_a_failed_deploy_took_is_no_measure() -> None:
    assert OUTLINE.last
    failed = replace(OUTLINE, last=replace(OUTLINE.last, result="rolled back"))

    assert "last time" not in shown(host(apps=(failed,)))


def test_a_total_counts_what_would_happen_and_what_would_not() -> None:
    said = shown(host(steps=(STEP,), apps=(REFUSED,)), AWAY).splitlines()

    assert said[-1] == "production, abc+: 1 step on hosts, 1 refusal, 1 host not reached"
    assert "management: NOT REACHED: connection refused" in said
    assert "                REFUSED: outline cannot go back from 2 to 1" in said
    assert shown(NOTHING).splitlines() == ["tools-prod: nothing to do", "production, abc+: nothing to do"]


def test_what_came_from_a_commit_that_is_not_here_is_named() -> None:
    assert "ahead: outline came from a commit that this checkout does not contain" in shown(
        host(ahead=("outline",))
    )


def test_a_database_names_the_line_of_its_record() -> None:
    details = ("outline: role missing", "nosuch: bucket x: create it")
    places = _places(details)
    step = HostStep(name="Databases | databases: roles", details=details, places=places)

    assert [each.partition(":")[0] for each in places] == ["catalogue/apps/outline.py"]
    assert f"    {places[0]}" in shown(host(steps=(step,))).splitlines()
    assert f"; nosuch: bucket x: create it | {places[0]} |" in "\n".join(markdown(plan(host(steps=(step,)))))


def test_who_goes_along_with_an_app_is_named_and_who_does_not_is_too() -> None:
    along = replace(OUTLINE, app="authentik", along_with="outline")
    made = replace(plan(host(apps=(OUTLINE, along))), app="outline", left=("authentik",))
    said = (
        "authentik shares a secret with outline that changes, and this run does not reach it; "
        "guildhall apply --app outline reaches both"
    )

    assert "goes along with outline, with which it shares a secret" in click.unstyle("\n".join(text(made)))
    assert f"left: {said}" in click.unstyle("\n".join(text(made)))
    assert f"\n- {said}" in list(markdown(made))


def test_a_tag_that_no_registry_has_is_a_refusal_and_asked_for_once() -> None:
    asked: list[object] = []

    def has_not(references: object) -> tuple[str, ...]:
        asked.append(references)
        return ("docker.io/outline:9",)

    pulling = replace(OUTLINE, pulls=("docker.io/outline:9", "docker.io/redis:8"))
    made = with_missing(plan(host(apps=(pulling,)), host(name="management", apps=(pulling,))), has_not)

    assert asked == [["docker.io/outline:9", "docker.io/redis:8"]]
    assert made.code == Code.REFUSED
    assert list(made.hosts[0].refusals) == ["outline: no registry has docker.io/outline:9"]
    assert "REFUSED: no registry has docker.io/outline:9; correct the record's tag" in shown(*made.hosts)
    assert "REFUSED: no registry has docker.io/outline:9" in "\n".join(markdown(made))


def test_public_names_are_told_and_are_no_change(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    zones: Any = Remembered()
    monkeypatch.delenv("SCW_ACCESS_KEY", raising=False)
    assert list(names(APPS, site, lambda: zones)) == []
    monkeypatch.setenv("SCW_ACCESS_KEY", "SCWXXXXXXXXXXXXXXXXX")
    found = tuple(names(APPS, site, lambda: zones))
    made = replace(plan(NOTHING), dns=found)

    assert "wiki.example.org A 203.0.113.3: missing" in found
    assert made.code == Code.NOTHING
    assert "DNS: wiki.example.org A 203.0.113.3: missing" in click.unstyle("\n".join(text(made)))
    assert "- wiki.example.org A 203.0.113.3: missing" in list(markdown(made))


def test_names_that_cannot_be_looked_at_are_said(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    def refused() -> Any:
        raise ValueError("access refused")

    monkeypatch.setenv("SCW_ACCESS_KEY", "SCWXXXXXXXXXXXXXXXXX")

    assert list(names(APPS, site, refused)) == ["not looked at: access refused"]


def test_nothing_breaks_out_of_a_comment() -> None:
    said = "\n".join(
        markdown(plan(host(steps=(replace(STEP, details=("a | b <script> @all",)),), apps=(OUTLINE,))))
    )

    assert "| Host | ssh" not in said
    assert "a \\| b &lt;script> &#64;all" in said
    assert "````diff\n--- host: outline/current/a\n+a | `b` <c> @d\n````" in said
    assert "| outline | image outlinewiki/outline 1.9.1 → 1.9.2; OIDC_CLIENT_SECRET changed; its" in said


def test_the_line_of_a_record_is_that_of_its_tag_or_where_it_begins(tmp_path: Path) -> None:
    record = tmp_path / "catalogue/apps/blog.py"
    record.parent.mkdir(parents=True)
    record.write_text(
        '\n\nBLOG = App(\n    name="blog",\n    services=(Service(image=Image("b", tag="1.2")),),\n)\n'
        '\nSECOND = replace(BLOG, name="second")\n'
    )

    assert place("blog", "1.2", root=tmp_path) == "catalogue/apps/blog.py:5"
    assert place("blog", root=tmp_path) == "catalogue/apps/blog.py:3"
    assert place("shop", root=tmp_path) == ""
    assert place("second", root=tmp_path) == "catalogue/apps/blog.py:8"
    tags = [app("outline").services[0].image.tag]
    assert place("outline", *tags).startswith("catalogue/apps/outline.py:")
    assert all(place(each.name) for each in APPS)


def test_a_plan_that_was_kept_holds_until_something_else_than_a_record_of_time_moves(tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    save(plan(host(apps=(OUTLINE,))), kept)
    assert OUTLINE.last
    later = replace(OUTLINE, last=replace(OUTLINE.last, seconds=20))
    other = replace(OUTLINE, revision="bbbbbbbbbbbb")

    assert moved(load(kept), plan(host(apps=(later,)))) == []
    difference = moved(load(kept), plan(host(apps=(other,))))
    assert '-     "revision": "8dd2a6097fb0",' in difference
    assert '+     "revision": "bbbbbbbbbbbb",' in difference
    assert moved(load(kept), replace(plan(host(apps=(OUTLINE,))), commit="abd"))
    assert moved(load(kept), replace(plan(host(apps=(OUTLINE,))), environment="lab"))


@pytest.mark.parametrize("content", ["", "[]", "{}", "\udcff", '{"schema": 0}', '{"schema": []}'])
def test_what_is_no_plan_is_refused_and_not_read_in_part(tmp_path: Path, content: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content, errors="surrogateescape")

    with pytest.raises(ValueError, match="plan"):
        load(file)


def test_a_plan_of_another_schema_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(to_json(plan(NOTHING)) | {"schema": 99}))

    with pytest.raises(ValueError, match="schema 99, this is 1; plan again"):
        load(file)


STACK = Stack(
    applied="20260101T000000Z-8dd2a6097fb0",
    version="1.9.1",
    manifest={"services": {"outline": "d", "redis": "d"}, "commit": "abc"},
    containers=[Container(service="outline", state="running", health="healthy", digest="d")],
    last={
        "time": "2026-01-31T10:00:00Z",
        "by": "ops",
        "commit": "abc",
        "result": "rolled back",
        "seconds": 9,
    },
)


def test_what_runs_is_told_with_what_is_ill_first() -> None:
    found = HostState(stacks={"n8n": Stack(version="2"), "outline": STACK})
    rows = list(standings(host(apps=(replace(OUTLINE, cause="both"),)), found))
    ill = rows[1]

    assert (ill.serving, ill.services, ill.ill, ill.drift) == (1, 2, ("redis has no container",), "both")
    assert [row.good for row in rows] == [True, False]
    lines = list(shown_of(plan(NOTHING), rows))
    assert "outline" in lines[1]
    assert lines[2].strip() == "redis has no container"
    assert lines[3].strip() == "its last deploy: rolled back"
    assert "not on record" in lines[4]


def test_parts_of_the_host_itself_that_moved_are_counted_by_what_moved() -> None:
    other = tuple(replace(STEP, name=name, cause="host") for name in ("a", "b"))
    made = plan(host(steps=(STEP, *other, COMPLAINT)), AWAY)

    assert list(shown_of(made, []))[:2] == [
        "tools-prod: parts of the host itself that moved: both 1, host 2; guildhall drift names them",
        "management: NOT KNOWN: connection refused",
    ]
    assert standing_json(made, [])["parts"] == [
        {"host": "tools-prod", "part": STEP.name, "drift": "both"},
        *({"host": "tools-prod", "part": name, "drift": "host"} for name in ("a", "b")),
    ]


def test_what_is_ill_is_shown_with_its_last_lines_and_without_its_secrets() -> None:
    dead = replace(
        STACK,
        containers=[
            Container(service="outline", state="exited", health="", digest="d", since="3 days"),
            Container(service="migrate", state="exited", health="", digest="d"),
        ],
    )
    output = SimpleNamespace(output="cannot log in with pass-word-1\nbye\n")
    asked: list[str] = []

    def run_shell_command(command: str, **_: object) -> tuple[bool, object]:
        asked.append(command)
        return True, output

    there: Any = SimpleNamespace(run_shell_command=run_shell_command, current_op_global_arguments={})
    found = last_lines(there, app("outline"), sick(dead), ["pass-word-1"])
    [ill] = standings(NOTHING, HostState(stacks={"outline": dead}))

    assert sick(dead) == ["outline"]
    assert asked == [
        "docker compose --project-directory /opt/outline logs --no-color --no-log-prefix --tail 5 outline"
    ]
    assert found == ("cannot log in with ***", "bye")
    shown = [line.strip() for line in shown_of(plan(NOTHING), [replace(ill, last_lines=found)])]
    assert "3 days" in shown[1]
    assert shown[2:6] == ["outline is exited", "redis has no container", "cannot log in with ***", "bye"]


def test_where_a_log_may_not_be_read_it_says_so() -> None:
    output = SimpleNamespace(output="this key may only read: no plan asks that\n")
    there: Any = SimpleNamespace(
        run_shell_command=lambda *_, **__: (False, output), current_op_global_arguments={}
    )

    assert last_lines(there, app("outline"), ["outline"], []) == (
        "its log cannot be read:",
        "this key may only read: no plan asks that",
    )


def test_drift_says_which_of_the_two_moved_and_metrics_say_it_of_each() -> None:
    plain = replace(STEP, name="Host | time: zone", details=(), cause="host")
    made = plan(host(steps=(STEP, plain, COMPLAINT), apps=(replace(OUTLINE, cause="host"),)), AWAY)

    assert list(drift(made))[:3] == [
        "tools-prod: Host | ssh: keys only: both moved: ada: gets an account",
        "tools-prod: Host | time: zone: the host moved",
        "tools-prod: Buckets | buckets: private: outline: refused",
    ]
    assert list(drift(made))[3].startswith("tools-prod: outline: the host moved: image ")
    assert "management: NOT KNOWN: connection refused" in list(drift(made))
    told = [line for line in metrics(made) if not line.startswith("#")]
    assert told == [
        'guildhall_drift{host="tools-prod",part="outline",moved="host"} 1',
        'guildhall_drift{host="tools-prod",part="Host | ssh: keys only",moved="both"} 1',
        'guildhall_drift{host="tools-prod",part="Host | time: zone",moved="host"} 1',
        'guildhall_drift{host="tools-prod",part="Buckets | buckets: private",moved="either"} 1',
        'guildhall_drift_known{host="tools-prod"} 1',
        'guildhall_drift_known{host="management"} 0',
    ]


def test_each_host_keeps_what_was_found_of_it_and_when() -> None:
    assert list(noted(host(steps=(STEP,), apps=(replace(OUTLINE, cause="host"),)), 1795773600.5)) == [
        "guildhall_drift_checked_seconds 1795773600",
        'guildhall_drift{app="outline",moved="host"} 1',
        'guildhall_drift{part="Host | ssh: keys only",moved="both"} 1',
    ]
