"""Blueprints, as the worker of authentik's double applies them."""

from pathlib import Path

import pytest

from lab.doubles.authentik.store import load_objects
from lab.doubles.authentik.worker import Worker
from tests.lab_unit.blueprints import CANARY, Memory, blueprint, objects


@pytest.fixture
def store() -> Memory:
    return Memory()


def test_a_blueprint_is_applied_with_its_tags(store: Memory, tmp_path: Path) -> None:
    blueprint(tmp_path, "https://wiki.guild.test")
    assert Worker(store=store, env={"TITLE": "The wiki"}, root=tmp_path).look() == []
    (provider,) = objects(store, "authentik_providers_oauth2.oauth2provider")
    (application,) = objects(store, "authentik_core.application")
    assert provider["client_secret"] == CANARY
    assert application["name"] == "The wiki"
    assert load_objects(store)[application["provider"]] == provider


def test_applying_twice_changes_nothing(store: Memory, tmp_path: Path) -> None:
    blueprint(tmp_path, "https://wiki.guild.test")
    Worker(store=store, env={}, root=tmp_path).look()
    before = dict(store)
    Worker(store=store, env={}, root=tmp_path).look()
    assert before == store


def test_a_null_secret_fails_the_whole_file_and_is_named(store: Memory, tmp_path: Path) -> None:
    blueprint(tmp_path, "https://wiki.guild.test")
    (tmp_path / "client_secret").unlink()
    (problem,) = Worker(store=store, env={}, root=tmp_path).look()
    assert "outline.yaml" in problem
    assert "'client_secret': ['This field may not be null.']" in problem
    assert objects(store, "authentik_core.group") == []


def test_a_variable_that_is_not_there_is_a_null(store: Memory, tmp_path: Path) -> None:
    file = blueprint(tmp_path, "https://wiki.guild.test")
    file.write_text(file.read_text().replace(f"!File {tmp_path}/client_secret", "!Env OUTLINE_CLIENT_SECRET"))
    (problem,) = Worker(store=store, env={}, root=tmp_path).look()
    assert "'client_secret': ['This field may not be null.']" in problem


def test_a_repaired_blueprint_is_applied_at_the_next_look(store: Memory, tmp_path: Path) -> None:
    file = blueprint(tmp_path, "https://wiki.guild.test")
    whole = file.read_text()
    worker = Worker(store=store, env={}, root=tmp_path)
    file.write_text(whole.replace("default-provider-invalidation-flow", "no-such-flow"))
    assert "'invalidation_flow': ['This field may not be null.']" in worker.look()[0]
    file.write_text(whole)
    assert worker.look() == []


@pytest.mark.parametrize(
    "text", ["version: 1\nentries: [", "just text", "version: 1\nentries: [{model: a.b}]\n", "version: 2"]
)
def test_what_is_not_a_blueprint_does_not_end_the_worker(store: Memory, tmp_path: Path, text: str) -> None:
    (tmp_path / "custom").mkdir()
    (tmp_path / "custom/bad.yaml").write_text(text)
    found = Worker(store=store, env={}, root=tmp_path).look()
    assert all("bad.yaml" in line for line in found)


def test_an_unknown_tag_is_a_problem_and_not_a_null(store: Memory, tmp_path: Path) -> None:
    entry = "{model: authentik_core.group, identifiers: {name: !Enumerate x}}"
    (tmp_path / "custom").mkdir()
    (tmp_path / "custom/bad.yaml").write_text(f"version: 1\nentries: [{entry}]")
    (problem,) = Worker(store=store, env={}, root=tmp_path).look()
    assert "!Enumerate" in problem
