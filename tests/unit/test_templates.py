"""Every folder of templates belongs to an app, and what comes out of it can be read."""

import json
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml

from catalogue import APPS
from tasks import compiled, templates
from tasks.settings import ROOT
from tasks.templates import Templates
from tasks.yaml_text import FAST
from tests.support.releases import releases, shown

NOT_AN_APPS = {"templates": {"host"}, "files": {"databases", "guildhall", "host", "verify", "zabbix-api"}}


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


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What compiles templates, counted."""
    made = Mock(wraps=compile)
    monkeypatch.setattr("jinja2.environment.compile", made, raising=False)
    return made


def rendered(root: Path, text: str) -> str:
    file = root / "templates/blog/site.j2"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return Templates(root).render("blog/site.j2", {"name": "us"})


def later() -> None:
    """Another process."""
    compiled.compiled.cache_clear()


def test_a_template_is_compiled_once_in_a_process_and_anew_once_it_is_edited(
    tmp_path: Path, compiling: Mock
) -> None:
    texts = ("of {{ name }}", "of {{ name }}", "to {{ name }}", "of {{ name }}")

    assert [rendered(tmp_path, text) for text in texts] == ["of us", "of us", "to us", "of us"]
    assert compiling.call_count == 2


def test_the_next_process_compiles_what_was_edited_and_no_more(tmp_path: Path, compiling: Mock) -> None:
    for text, count in (("of {{ name }}", 1), ("of {{ name }}", 1), ("to {{ name }}", 2)):
        assert rendered(tmp_path, text) == f"{text[:2]} us"
        assert compiling.call_count == count
        later()
    assert (tmp_path / ".guildhall/templates").stat().st_mode & 0o777 == 0o700


def test_what_was_kept_and_is_damaged_is_compiled_anew(tmp_path: Path) -> None:
    """As it is when a disk was full, or the power went."""
    assert rendered(tmp_path, "of {{ name }}") == "of us"
    [kept] = (tmp_path / ".guildhall/templates").iterdir()
    whole = kept.read_bytes()
    for end in range(0, len(whole), len(whole) // 8):
        for damaged in (whole[:end], whole[:end] + b"\0" + whole[end + 1 :]):
            kept.write_bytes(damaged)
            later()
            assert rendered(tmp_path, "of {{ name }}") == "of us"


def test_where_nothing_can_be_kept_it_is_compiled_each_time(tmp_path: Path, compiling: Mock) -> None:
    (tmp_path / ".guildhall").write_text("in the way")
    for count in (1, 2):
        assert rendered(tmp_path, "of {{ name }}") == "of us"
        assert compiling.call_count == count
        later()


def test_the_same_text_is_another_program_with_other_options(
    tmp_path: Path, compiling: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "{% if name %}\nof {{ name }}{% endif %}"
    assert rendered(tmp_path, text) == "of us"
    later()
    for module in (compiled, templates):
        monkeypatch.setattr(module, "OPTIONS", {**compiled.OPTIONS, "trim_blocks": False})
    assert rendered(tmp_path, text) == "\nof us"
