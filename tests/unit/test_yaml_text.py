"""Text arrives as text in every YAML file, whatever it looks like to a reader of version 1.1 or 1.2."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue import APPS, views
from catalogue.model import Site
from tasks.stacks import Release, build
from tasks.templates import Templates
from tasks.yaml_text import FAST, as_text, check_yaml, dumped, line_of, loaded
from tests.support.site import secrets_of

WORDS = (
    *("on", "off", "yes", "no", "y", "null", "~", "true", "", "Verein #1", "a: b", "a, b", "[a]", "{"),
    *("1e3", "1234567890123e45", "0o17", "0x1f", "010", "22:22", "1_000", ".5", ".inf", "2026-01-01", "<<"),
    *("=", "- a", "!x", "&a", "*a", "'", '"', "a 'b'", "https://a.example/?b=c", "x:", ":x", " a "),
    *("a\nb", "\x1b[0m", "ü"),
)  # fmt: skip


def read_as(text: str) -> Iterator[object]:
    """What readers of both versions take a text for, in each place of a file where a template may have it."""
    for frame in ("a: {}\n", "a: [{}]\n", "a: {{b: {}}}\n", "- {}\n", "{}: a\n"):
        for reader in (loaded, yaml.safe_load):
            found = reader(frame.format(as_text(text)))
            yield _only(found)


def _only(found: object) -> object:
    if isinstance(found, dict):
        ((key, value),) = found.items()
        return _only(value) if key in ("a", "b") else key
    return _only(found[0]) if isinstance(found, list) else found


@pytest.mark.parametrize("text", [word for word in WORDS if word not in ("a", "b")])
def test_a_word_of_yaml_arrives_as_text(text: str) -> None:
    assert set(read_as(text)) == {text}
    assert loaded(dumped({"x": text})) == {"x": text} == yaml.safe_load(dumped({"x": text}))


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8")).filter(lambda text: text not in ("a", "b")))
def test_any_text_arrives_as_text(text: str) -> None:
    assert set(read_as(text)) == {text}


@pytest.mark.parametrize("text", ["1234567890123e45", "1e3", "0o17", "12e4", "+1.5e-3"])
def test_what_only_version_1_2_reads_as_a_number_is_quoted(text: str) -> None:
    """Docker Compose does, and a service's digest of this form would never be that of its container."""
    assert as_text(text) == f"'{text}'"
    assert dumped({"label": text}) == f"label: '{text}'\n"


@pytest.mark.parametrize(("value", "said"), [(600, "600"), (True, "true"), ("guildhall", "guildhall")])
def test_other_values_stay_what_they_are_and_plain_words_plain(value: object, said: str) -> None:
    assert as_text(value) == said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("2026-01-01", "2026-01-01"), ("22:22", "22:22"), ("010", "010"), ("1_000", "1_000"),
        ("17", 17), ("1.5", 1.5), ("true", True), ("null", None), ("", None),
    ],
)  # fmt: skip
def test_a_template_is_read_as_docker_compose_reads_it(text: str, value: object) -> None:
    assert loaded(f"a: {text}") == {"a": value}


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a: [", "a: b: c", "\x07", "a: !x 1", "a\n---\nb", "a: *b"])
def test_what_is_no_yaml_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|position") as caught:
        loaded(text)

    assert "\n" not in str(caught.value)


def test_a_file_for_another_program_may_have_its_tags_and_documents() -> None:
    check_yaml(b"a: !Find [b]\n---\nc: d\n")
    with pytest.raises(ValueError, match=r"line \d"):
        check_yaml(b"a: [")
    with pytest.raises(ValueError, match=r"invalid|position 0"):
        check_yaml(b"\xff\x00")


PLAIN = {
    "organisation": "zz-organisation",
    "environment": "zz-environment",
    "s3_region": "zz-region",
    "postgres_host": "zz-postgres",
    "smtp_host": "zz-smtp",
}
MISLEADING = dict(zip(PLAIN, ("null", "true", "false", "12", "on"), strict=True))


def built(site: Site) -> Iterator[tuple[str, Release]]:
    """Each app once."""
    templates = Templates()
    for app in views.present(APPS):
        host = site.hosts_of(app.group)[0]
        yield app.name, build(app, APPS, site, host, secrets_of(app), templates)


class Fast(FAST):  # type: ignore[misc, valid-type]
    """Reads tags that mean something to a program only, as authentik's !Find."""


Fast.add_multi_constructor("!", lambda *_: None)


def texts(site: Site) -> dict[str, str]:
    """Every YAML file of a site, without the digests that follow from it."""
    return {
        f"{name}/{path}": re.sub(r"(guildhall.service|guildhall/secrets): \S+", "", content.decode())
        for name, release in built(site)
        for path, content in release.files.items()
        if path.endswith((".yaml", ".yml"))
    }


def parsed(text: str) -> object:
    return yaml.load(text, Fast)  # noqa: S506 - a safe one


def swapped(value: object, words: dict[str, str]) -> object:
    """The data with other words for those of PLAIN."""
    if isinstance(value, dict):
        return {swapped(key, words): swapped(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [swapped(each, words) for each in value]
    if isinstance(value, str):
        for setting, word in words.items():
            value = value.replace(PLAIN[setting], word)
    return value


def test_a_setting_that_yaml_has_a_meaning_for_arrives_as_text_in_every_file(site: Site) -> None:
    plain = texts(replace(site, **PLAIN))  # type: ignore[arg-type]
    misleading = texts(replace(site, **MISLEADING))  # type: ignore[arg-type]
    concerned = [name for name, text in plain.items() if any(word in text for word in PLAIN.values())]

    assert len(concerned) > 10
    for name in concerned:
        assert swapped(parsed(plain[name]), MISLEADING) == parsed(misleading[name]), name


@pytest.mark.parametrize(("merged", "line"), [("*a", 1), ("[*b, *a]", 1), ("[*b]", 2)])
def test_a_line_is_found_in_what_is_merged_in(merged: str, line: int) -> None:
    text = f"a: &a {{x: 1}}\nb: &b {{y: 2}}\nc:\n  <<: {merged}\n  z: 3\n"

    assert line_of(text, ("c", "x" if "a" in merged else "y")) == line
    assert line_of(text, ("c", "z")) == 5
