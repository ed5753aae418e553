"""The doubles of Alloy and Loki: a line of the journal is found again by the labels that our rules make."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lab.doubles.journal import labels, rules
from lab.doubles.loki import Lines
from lab.doubles.scrub import scrubbed, stages
from tasks.settings import ROOT
from tests.support.log_lines import HARMLESS, SECRET, canaries

CONFIG = (ROOT / "files/alloy/config.alloy").read_text()
RULES = rules(CONFIG)
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


@pytest.mark.parametrize(
    ("text", "code"), [(CONFIG, 0), (CONFIG + "}", 1), ("a {\n\tb = `}`\n}", 0), ("", 1)]
)
def test_the_double_refuses_braces_without_their_like_and_takes_those_in_texts(
    tmp_path: Path, text: str, code: int
) -> None:
    (tmp_path / "config.alloy").write_text(text)
    words = ["sh", f"{ROOT}/lab/images/alloy/alloy", "validate", f"{tmp_path}/config.alloy"]

    assert subprocess.run(words, capture_output=True, check=False).returncode == code


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


@pytest.mark.parametrize("line", SECRET)
def test_what_opens_something_does_not_get_to_loki(line: str) -> None:
    kept = scrubbed(line, stages(CONFIG))

    assert canaries(line)
    assert [each for each in canaries(line) if each in kept] == []
    assert "***" in kept


@pytest.mark.parametrize("line", HARMLESS)
def test_what_opens_nothing_stays_as_it_was_written(line: str) -> None:
    assert scrubbed(line, stages(CONFIG)) == line


def test_a_replacement_that_the_double_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="other settings"):
        stages('stage.replace {\n\texpression = "x"\n\tsource = "y"\n\treplace = "z"\n}')
