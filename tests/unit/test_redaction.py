"""No secret is shown in any dress, and nothing that a program prints steers a terminal."""

import base64
import json
import shlex
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onhost.redaction import LINES, WIDTH, forms, plain, read, redacted, secrets, shown
from tasks.stacks.compose import environment_file

DRESSES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "JSON": json.dumps,
    "JSON in letters of the world": lambda text: json.dumps(text, ensure_ascii=False),
    "an address": lambda text: quote(text, safe=""),
    "a part of an address": lambda text: quote(text, safe="/:@"),
    "a form": quote_plus,
    "shell": shlex.quote,
    "Python": repr,
    "dotenv": lambda text: environment_file({"NAME": text}).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 behind a name": lambda text: base64.b64encode(b"user:" + text.encode()).decode(),
    "base64 between others": lambda text: base64.b64encode(b"is " + text.encode() + b"!").decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"x" + text.encode()).decode(),
}
VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=8, max_size=40
)
PASSWORDS = st.text("abcXYZ019-_./+=$%\\\"' @:", min_size=8, max_size=40)
LEAST = 6
"""So many characters of a secret in a row are never left."""


def bare(text: str) -> str:
    """The letters and digits of a text alone."""
    return "".join(each for each in text.lower() if each.isalnum())


@settings(max_examples=150, deadline=None)
@given(dress=st.sampled_from(sorted(DRESSES)), value=VALUES | PASSWORDS, where=st.integers(0, 60))
@example(dress="a part of an address", value=";000000/", where=1)
def test_a_secret_is_not_shown_in_any_dress_nor_broken_over_lines(dress: str, value: str, where: int) -> None:
    written = DRESSES[dress](value)
    broken = written[:where] + "\n    " + written[where:]
    for text in (written, broken):
        left = redacted(f"[[ {text} ]]", [value])
        if any(form for form in forms(value)):
            assert written not in left
            core = bare(value)
            assert len(core) < LEAST or core not in bare(left)


@pytest.mark.parametrize("encode", [repr, lambda text: repr(text.encode())[1:], json.dumps])
def test_a_secret_is_not_shown_where_a_line_breaks_an_escape(encode: Callable[[str], str]) -> None:
    written = encode(value := "0123456\U0002ebe1\u00ad89")
    for where in range(len(written)):
        assert bare(redacted(f"{written[:where]}\n  {written[where:]}", [value])) == ""


@pytest.mark.parametrize("dress", DRESSES)
def test_of_a_secret_in_a_dress_next_to_nothing_is_left(dress: str) -> None:
    value = "Kanarienvögel \"two\" $HOME 'it' \\n #=&?/+% 0123456789abcdef"
    written = DRESSES[dress](value)
    left = redacted(f"before {written} after", [value])

    assert left.startswith("before ")
    assert left.endswith(" after")
    assert "***" in left
    # Of base64 the letters at its ends belong to neighbours, too.
    assert len(left) <= len("before *** after") + 16, left


@pytest.mark.parametrize("encode", [str, lambda text: base64.b64encode(text.encode()).decode()])
def test_a_secret_that_a_terminal_breaks_at_every_width_is_not_shown(encode: Callable[[str], str]) -> None:
    value = "0123456789abcdef" * 3
    written = encode(value)
    for width in range(1, len(written)):
        broken = "\n".join(written[at : at + width] for at in range(0, len(written), width))
        assert bare(redacted(broken, [value])).strip("=") == ""


def test_each_line_of_a_secret_is_one() -> None:
    value = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----"

    assert redacted("MIIEvQIBADANBg", [value]) == "***"
    assert redacted(json.dumps(value), [value]) == '"***"'


def test_words_that_are_too_short_to_mean_anything_are_shown() -> None:
    assert redacted("port 587, user at", ["587", "at"]) == "port 587, user at"


def test_what_is_no_secret_is_shown() -> None:
    text = 'level=error msg="cannot open /etc/x" code=%41 \\u0041'

    assert redacted(text, ["another secret"]) == text


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://bad.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice\x1b\\text", "text"),
        ("\x1bcreset", "reset"),
        ("\x9b2Jgone", "gone"),
        ("10%\r20%\r\ndone", "10%\n20%\ndone"),
        ("back\x08\x08space\x07", "backspace"),
        ("right\u202eto left\u2066", "rightto left"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\tb", "a    b"),
    ],
)
def test_what_steers_a_terminal_is_removed(printed: str, expected: str) -> None:
    assert plain(printed) == expected


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_nothing_is_left_that_is_not_to_be_read(text: str) -> None:
    left = plain(text)

    assert all(each == "\n" or not unicodedata.category(each).startswith("C") for each in left)


@settings(max_examples=20, deadline=None)
@given(st.text("abcdef0123456789", min_size=8, max_size=30))
def test_a_secret_with_colours_in_it_is_not_shown(value: str) -> None:
    coloured = "\x1b[1m".join(value)

    assert shown(coloured, [value]) == ["***"]


def test_the_last_lines_are_shown_and_long_ones_are_cut() -> None:
    lines = [f"line {number}" for number in range(100)]

    assert shown("\n".join(lines), []) == lines[-LINES:]
    assert shown("x" * (WIDTH + 1), []) == ["x" * WIDTH + "…"]
    assert shown("first\n\n  \nlast\n", []) == ["first", "last"]


def test_half_a_secret_at_the_begin_of_what_is_looked_at_is_not_shown() -> None:
    value = "0123456789abcdef" * 4
    output = "x" * 100 + value + "\n" + "y" * (64 * 1024 - 20)

    assert "abcdef" not in "".join(shown(output, [value]))


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z]{1,8}", fullmatch=True),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        max_size=5,
    )
)
def test_secrets_are_read_from_the_file_as_they_were_written(values: dict[str, str]) -> None:
    text = environment_file(values).decode()

    assert read(text) == [value for _, value in sorted(values.items())]


def test_a_file_that_is_not_there_has_no_secrets(tmp_path: Path) -> None:
    assert secrets(tmp_path / ".env") == []
