"""What a host says of itself is believed whole or not at all."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhost import answer
from tasks.stacks.state import Container, HostState, parsed

STACK: dict[str, Any] = {
    "kind": "stack",
    "app": "blog",
    "current": "20260101T000000Z-aaaaaaaaaaaa",
    "stands": "20260101T000000Z-bbbbbbbbbbbb 20260101T000000Z-aaaaaaaaaaaa",
    "applied": "20260101T000000Z-bbbbbbbbbbbb",
    "manifest": {"services": {"web": "d1"}},
    "version": "2",
    "files": {"compose.yaml": "ff00", "live/traefik/routes/blog.yaml": "aa11"},
    "mode": "600 root",
    "opened": {"secrets/web/KEY": "644 0:0"},
    "astray": [".env"],
    "last": {"result": "deployed", "seconds": 18},
}
CONTAINER: dict[str, Any] = {
    "kind": "container",
    "app": "blog",
    "service": "web",
    "name": "blog-web-1",
    "state": "running",
    "health": "healthy",
    "digest": "d1",
    "networks": ["blog_default", "traefik_to_blog"],
    "misnamed": False,
    "untagged": False,
    "since": "2 hours",
}
LEFT: dict[str, Any] = {"kind": "leftovers", "paths": ["/opt/.guildhall/incoming.x"]}
WHOLE = [answer.BEGIN, *map(json.dumps, (STACK, CONTAINER, LEFT)), answer.END]


def test_what_a_host_says_is_read_back() -> None:
    found = parsed(WHOLE)

    stack = found.stacks["blog"]
    assert (stack.current, stack.revision, stack.mode) == (STACK["current"], "b" * 12, "600 root")
    assert (stack.manifest, stack.version, stack.files) == (STACK["manifest"], "2", STACK["files"])
    assert (stack.opened, stack.astray, stack.last) == (STACK["opened"], (".env",), STACK["last"])
    networks = frozenset({"blog_default", "traefik_to_blog"})
    assert stack.containers == [
        Container(
            service="web",
            state="running",
            health="healthy",
            digest="d1",
            networks=networks,
            since="2 hours",
        )
    ]
    assert found.leftovers == ("/opt/.guildhall/incoming.x",)


@pytest.mark.parametrize("noise", ["hello", "{}", '{"kind": "stack"}', "\tstack\x1b[2J", "caf\udce9"])
def test_what_else_a_login_prints_is_not_believed(noise: str) -> None:
    assert parsed([noise, *WHOLE, noise]) == parsed(WHOLE)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["hello"], "it gave no answer"),
        (WHOLE[:-1], "its answer was cut off"),
        ([answer.BEGIN, "noise", answer.END], "its answer is damaged"),
        ([answer.BEGIN, "[]", answer.END], "a line of its answer is damaged"),
        ([answer.BEGIN, '{"kind": "other"}', answer.END], "its answer is damaged"),
        ([answer.BEGIN, json.dumps({**STACK, "manifest": None}), answer.END], "its answer is damaged"),
    ],
)
def test_a_damaged_answer_is_one_problem_in_one_line(lines: list[str], why: str) -> None:
    found = parsed(lines)

    assert found == HostState(problem=found.problem)
    assert found.problem == f"what runs on this host cannot be read: {why}; deploy again"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len("\n".join(WHOLE)) - 1), st.text('{}[]"\n :,x\t\udce9', max_size=4))
def test_no_damage_ends_a_run(where: int, put: str) -> None:
    text = "\n".join(WHOLE)
    found = parsed((text[:where] + put + text[where + 1 :]).split("\n"))

    assert "\n" not in found.problem


# T7
def test_a_host_tells_that_nothing_keeps_its_apps_apart() -> None:
    assert parsed([*WHOLE[:-1], '{"kind": "open"}', answer.END]).open
    assert not parsed(WHOLE).open


def test_a_problem_of_the_host_hides_all_else() -> None:
    problem = '{"kind": "problem", "text": "Docker Engine does not answer on this host"}'

    assert parsed([*WHOLE[:-1], problem, answer.END]) == HostState(
        problem="Docker Engine does not answer on this host"
    )


def test_a_container_under_a_name_that_compose_gave_for_a_moment_keeps_it() -> None:
    line = {**CONTAINER, "misnamed": True, "name": "0a1b_blog-web-1"}
    [found] = parsed([answer.BEGIN, json.dumps(line), answer.END]).stacks["blog"].containers

    assert found.misnamed == "0a1b_blog-web-1"
