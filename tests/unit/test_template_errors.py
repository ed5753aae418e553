"""What is wrong in templates/ and files/ is one line with the file, and a template's line."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tasks.settings import ROOT
from tasks.stacks import Release, build
from tasks.templates import Templates
from tests.support.site import app, secrets_of

OUTLINE = app("outline")
COMPOSE = "templates/outline/compose.yaml.j2"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what one app is made of."""
    for part in ("templates/outline", "files/outline", "templates/route.yaml.j2"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "files/outline").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "templates/route.yaml.j2", tmp_path / "templates/route.yaml.j2")
    return tmp_path


def built(root: Path, site: Site) -> Release:
    host = site.hosts_of("tools")[0]
    return build(OUTLINE, APPS, site, host, secrets_of(OUTLINE), Templates(root))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ValueError, match=r"\w") as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edited(root: Path, old: str, new: str, file: str = COMPOSE) -> int:
    """The number of the line in which a text is replaced."""
    text = (root / file).read_text()
    assert text.count(old) == 1
    (root / file).write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def test_the_templates_of_the_project_are_good(root: Path, site: Site) -> None:
    assert built(root, site).files


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("url + 1", 'TypeError: can only concatenate str (not "int") to str'),
        ("1 + ''", "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        ("site.hosts_of('x')[0].name | yaml", "tuple object has no element 0"),
        ("nosuch", "'nosuch' is undefined"),
        ("nosuch | yaml", "'nosuch' is undefined"),
        ("site.nosuch", "'catalogue.model.site.Site object' has no attribute 'nosuch'"),
        ("url | nosuch", "No filter named 'nosuch'."),
        ("url |", "expected token 'name', got 'end of print statement'"),
        ("{1: 2}[3].x", "dict object has no element 3"),
    ],
)
def test_what_a_template_does_wrong_is_said_with_its_line(
    root: Path, site: Site, expression: str, said: str
) -> None:
    line = edited(root, "{{ url | yaml }}", f"{{{{ {expression} }}}}")

    text = refusal(lambda: built(root, site))
    assert text.startswith(f"{COMPOSE} line {line}: {said}")
    assert text.endswith("; correct the template")


def test_a_template_that_another_needs_and_that_is_not_there_is_named(root: Path, site: Site) -> None:
    edited(root, "{{ url | yaml }}", "{% include 'outline/nosuch' %}")

    said = refusal(lambda: built(root, site))
    assert said == f"templates/outline/nosuch is missing; {COMPOSE} needs it"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "services: Fräulein".encode("latin-1")])
def test_a_template_that_is_no_text_is_named(root: Path, site: Site, content: bytes) -> None:
    (root / COMPOSE).write_bytes(content)

    assert refusal(lambda: built(root, site)).endswith(f"{COMPOSE} is not UTF-8 text; save it as UTF-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('PORT: "3000"', "PORT: [1, 2]", "PORT has no text as its value; write one"),
        ('PORT: "3000"', "PORT:", "PORT has no text as its value; write one"),
        ('PORT: "3000"', 'PORT: "1"\n      PORT: "2"', "found 'PORT' twice"),
        (
            "- redis:/data",
            "- {type: bind, source: ./current/x, target: /y, read_only: true}",
            "which is no file of the release",
        ),
        ("      - redis:/data\n", "", "service 'redis': there is nothing below volumes; write something"),
        ("\n      - redis:/data", " redis:/data", "volumes is no list; write `- …` in a line"),
        ("${UTILS_SECRET}", "$UTILS_SECRET costs 5 $", "a lone $; write ${NAME} for a secret, $$ for"),
        ("${UTILS_SECRET}", '"${UTILS_SECRET"', "a lone $; write"),
        ("${UTILS_SECRET}", '"${UTILS_SECRET:-${URL}}"', "${UTILS_SECRET…} says more than a name"),
        ("${UTILS_SECRET}", '"${}"', "a lone $; write"),
        (
            "${UTILS_SECRET}",
            "$HOME",
            "it uses HOME: not secrets of the app; declare them, or write $$ for a $",
        ),
        ("${UTILS_SECRET}", "${HOME:-x}", "${HOME…} says more than a name, and variables are secrets"),
        ("${UTILS_SECRET}", "$$UTILS_SECRET", "does not use UTILS_SECRET; use it or drop it"),
        ("{{ url | yaml }}", "\x07", "characters are not allowed"),
        ('PORT: "3000"', "PORT: .nan", None),
        ('PORT: "3000"', "PORT: 2026-01-01", None),
        ("${UTILS_SECRET}", "$UTILS_SECRET", None),
        ("${UTILS_SECRET}", "${UTILS_SECRET:?missing}", "${UTILS_SECRET…} says more than a name"),
    ],
)
def test_a_compose_file_is_taken_as_compose_will_take_it_or_refused(
    root: Path, site: Site, old: str, new: str, said: str | None
) -> None:
    edited(root, old, new)

    if said is None:
        assert built(root, site).revision
    else:
        text = refusal(lambda: built(root, site))
        assert text.startswith(COMPOSE)
        assert said in text


def test_a_dollar_name_without_braces_is_a_secret_that_the_service_is_made_anew_for(
    root: Path, site: Site
) -> None:
    edited(root, "${UTILS_SECRET}", "$UTILS_SECRET")
    host, secrets = site.hosts_of("tools")[0], secrets_of(OUTLINE)

    before = build(OUTLINE, APPS, site, host, secrets, Templates(root))
    after = build(OUTLINE, APPS, site, host, secrets | {"UTILS_SECRET": "5" * 64}, Templates(root))

    assert before.services["outline"] != after.services["outline"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: [outline, redis]", "has no services"),
        ("services:\n  outline: x\n  redis: y", "line 2: service 'outline': it is no mapping"),
        ("services:\n  outline:\n    environment: [A=b]\n  redis:\n", "its environment is no mapping"),
        ("- services", "has no services"),
        ("", "has no services"),
    ],
)
def test_a_compose_file_of_another_shape_is_refused(root: Path, site: Site, text: str, said: str) -> None:
    (root / COMPOSE).write_text(text)

    assert said in refusal(lambda: built(root, site))


@pytest.mark.parametrize(
    "name", ["notes~", ".notes.swp", "#notes#", ".#notes", "x.orig", "a/.DS_Store", "x.rej"]
)
@pytest.mark.parametrize("folder", ["templates/outline", "files/outline"])
def test_what_an_editor_left_lands_nowhere(root: Path, site: Site, folder: str, name: str) -> None:
    file = root / folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")

    assert refusal(lambda: built(root, site)) == (
        f"{folder}/{name} is a leftover, and would land on hosts; remove it"
    )


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "fräulein", "\x1b[0m"])
def test_a_file_on_hosts_has_a_plain_name(root: Path, site: Site, name: str) -> None:
    (root / "files/outline" / name).write_text("x")

    assert "a file on hosts has a plain name; give it one in ASCII" in refusal(lambda: built(root, site))


def test_a_link_that_leads_nowhere_is_named(root: Path, site: Site) -> None:
    (root / "files/outline/key").symlink_to("/nosuch")

    said = refusal(lambda: built(root, site))
    assert said == "files/outline/key is a link that leads nowhere; remove it"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "templates/outline/x.yaml.j2",
            "{% if 1 %}\n\n{% endif %}\na: b: c\n",
            "templates/outline/x.yaml.j2 line 4, once rendered, is not YAML: mapping values are not allowed",
        ),
        ("files/outline/x.yml", "a: b\nc: d: e", "files/outline/x.yml line 2 is not YAML: mapping values"),
        ("files/outline/x.json", "{\n", "files/outline/x.json line 2 is not JSON: "),
    ],
)
def test_a_file_for_a_program_is_what_its_name_says(
    root: Path, site: Site, name: str, text: str, said: str
) -> None:
    (root / name).write_text(text)

    assert refusal(lambda: built(root, site)).startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        # Behind tags that leave no line, in what a loop writes, and in a macro of another file.
        ("services:", "{% set a = 1 %}\nservices:\n  nosuch:", "compose.yaml.j2 line 3"),
        ("services:", "{% if 0 %}\nx\n{% endif %}\nnetworks: {}\nservices:", "compose.yaml.j2 line 4"),
        ("services:", "{% for a in 'bc' %}\n{{ a }}: 1\n{% endfor %}\nservices:", "compose.yaml.j2 line 2"),
        ("services:", "{% raw %}\n{% endraw %}\nports: {}\nservices:", "compose.yaml.j2 line 3"),
        (
            "services:",
            "{% from 'outline/more.j2' import more %}\n{{ more() }}\nservices:",
            "more.j2 line 3",
        ),
        ("services:", "{% set a %}\na\n{% endset %}\n# {{ a | tojson }}\nports: {}\nservices:", ""),
    ],
)
def test_a_refusal_names_the_line_of_the_template_and_not_of_its_text(
    root: Path, site: Site, old: str, new: str, place: str
) -> None:
    (root / "templates/outline/more.j2").write_text("a\n{% macro more() %}\nports: []\n{% endmacro %}\n")
    (root / COMPOSE).write_text((root / COMPOSE).read_text().replace(old, new, 1))
    said = refusal(lambda: built(root, site))

    if place:
        assert said.startswith(f"templates/outline/{place}: ")
    else:  # a mark would be text there
        assert said.startswith(f"{COMPOSE}, line 2 once rendered: ports ")


@pytest.mark.parametrize("field", ["edge", "login_provider"])
def test_a_catalogue_without_what_every_site_needs_says_so(site: Site, field: str) -> None:
    apps = tuple(replace(each, **{field: False}) for each in APPS)  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=f"no app is the site's {field}; write {field}=True in one record"):
        (views.edge(apps), views.identity_provider(apps, site))


@pytest.mark.parametrize("content", [b"#!/bin/sh\r\necho\r\n", b"a: 1\r\nb: 2\r\n"])
def test_line_ends_of_windows_do_not_land_on_hosts(root: Path, site: Site, content: bytes) -> None:
    (root / "files/outline/start").write_bytes(content)

    assert refusal(lambda: built(root, site)) == (
        "files/outline/start line 1 has the line ends of Windows; write it anew with those of Linux"
    )


def test_what_is_no_text_may_hold_any_bytes(root: Path, site: Site) -> None:
    (root / "files/outline/logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")

    assert built(root, site).files["logo.png"]


def test_a_template_is_the_same_whoever_checked_it_out(root: Path, site: Site) -> None:
    """git gives Windows other line ends, and some editors begin a file with a mark."""
    expected = built(root, site).revision
    text = (root / COMPOSE).read_bytes().replace(b"\n", b"\r\n")
    (root / COMPOSE).write_bytes(b"\xef\xbb\xbf" + text)

    assert built(root, site).revision == expected
