"""Every folder of templates belongs to an app, and what comes out of it can be read."""

import json
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml

from catalogue import APPS
from tasks.settings import ROOT
from tasks.templates import Templates
from tasks.yaml_text import FAST
from tests.support.releases import releases, shown

NOT_AN_APPS = {"templates": {"host"}, "files": {"databases", "guildhall", "host", "verify"}}


class Loose(FAST):  # type: ignore[misc, valid-type]
    """Reads tags that mean something to a program only, as authentik's !Find."""


Loose.add_multi_constructor("!", lambda *_: None)


def test_every_folder_belongs_to_an_app() -> None:
    names = {app.name for app in APPS}
    for parent, others in NOT_AN_APPS.items():
        folders = {path.name for path in (ROOT / parent).iterdir() if path.is_dir()}
        assert folders - names - others == set(), f"{parent}/ has folders of no app"


def test_every_yaml_and_json_file_of_a_release_can_be_read() -> None:
    for host, release in releases():
        for path, text in shown(release).items():
            if path.endswith((".yaml", ".yml")):
                assert yaml.load(text, Loose), f"{host}: {release.app.name}/{path}"  # noqa: S506 - a safe one
            elif path.endswith(".json"):
                assert json.loads(text), f"{host}: {release.app.name}/{path}"


def test_a_template_is_compiled_once_in_a_process_and_anew_once_it_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, compiled = tmp_path / "templates/blog/site.j2", Mock(wraps=compile)
    file.parent.mkdir(parents=True)
    monkeypatch.setattr("jinja2.environment.compile", compiled, raising=False)
    said = []
    for text in ("of {{ name }}", "of {{ name }}", "to {{ name }}", "of {{ name }}"):
        file.write_text(text)
        said.append(Templates(tmp_path).render("blog/site.j2", {"name": "us"}))

    assert said == ["of us", "of us", "to us", "of us"]
    assert compiled.call_count == 2
