"""The doubles of Alloy and Loki: a line of the journal is found again by the labels that our rules make."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lab.doubles.journal import labels, rules
from lab.doubles.loki import Lines
from tasks.settings import ROOT

RULES = rules((ROOT / "files/alloy/config.alloy").read_text())
CONTAINER = {
    "COM_DOCKER_COMPOSE_PROJECT": "outline",
    "COM_DOCKER_COMPOSE_SERVICE": "redis",
    "_SYSTEMD_UNIT": "docker.service",
    "PRIORITY": "6",
}


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        (CONTAINER, {"app": "outline", "service": "redis", "level": "info"}),
        ({"_SYSTEMD_UNIT": "ssh.service", "PRIORITY": "3"}, {"unit": "ssh.service", "level": "error"}),
        ({"MESSAGE": "from the kernel"}, {}),
    ],
)
def test_a_containers_line_is_labelled_by_its_app_and_others_by_their_unit(
    entry: dict[str, Any], made: dict[str, str]
) -> None:
    assert labels(entry, RULES) == made


def test_a_rule_that_the_double_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="action"):
        rules('rule {\n\taction = "drop"\n\tsource_labels = ["a"]\n}')


@pytest.fixture
def loki() -> FlaskClient:
    web = Flask("loki")
    Lines().attach(web)
    return web.test_client()


def push(loki: FlaskClient, line: str, **stream: str) -> int:
    body = {"streams": [{"stream": stream, "values": [["1", line]]}]}
    return loki.post("/loki/api/v1/push", json=body).status_code


def test_lines_are_found_by_their_labels_and_only_by_these(loki: FlaskClient) -> None:
    push(loki, "first", app="outline", host="tools-prod")
    push(loki, "second", app="outline", host="tools-prod")
    push(loki, "other", app="n8n", host="management")
    answer = loki.get("/loki/api/v1/query_range", query_string={"query": '{app="outline"}'}).json

    assert answer
    assert answer["data"]["result"] == [
        {"stream": {"app": "outline", "host": "tools-prod"}, "values": [["1", "first"], ["1", "second"]]}
    ]


def test_a_line_without_a_label_is_refused(loki: FlaskClient) -> None:
    assert push(loki, "a line") == 400
