"""No secret of an app leaves the host in a message, in whatever dress, and nothing steers a terminal."""

from __future__ import annotations

import base64
import json
import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Characters; shorter values are words that mean nothing by themselves, such as a port."""
LINES, WIDTH = 12, 400
"""What is shown of an output: its last lines, and so much of each."""
READ = 64 * 1024
"""Characters of an output that are looked at."""
SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?|\x9b[0-?]*[ -/]*[@-~]"
)
UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Kinds of characters that are no text: they move the cursor, turn the direction, or show nothing."""
DECODED = (
    re.compile(r"%\s*([0-9a-fA-F]\s*[0-9a-fA-F])"),
    re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4}))"),
)
"""How a character is written otherwise: in addresses, broken lines too; in JSON and programs' own quotes."""
DROPPED = frozenset(" \t\n\r\"'\\")
"""Left out where texts are compared: what quotes, escapes and broken lines put in between."""
CODES = str.maketrans("-_", "+/")


def secrets(environment: Path) -> list[str]:
    """The values of an `.env` of ours; of one that cannot be read, none."""
    try:
        return read(environment.read_text(errors="replace"))
    except OSError:
        return []


def read(text: str) -> list[str]:
    """The values of an `.env`'s text."""
    found = re.findall(r'^[A-Za-z_0-9]+="((?:[^"\\\n]|\\.)*)"$', text, re.MULTILINE)
    return [_unescaped(value) for value in found]


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), value)


def shown(output: str, values: Iterable[str]) -> list[str]:
    """The last lines of an output, without secrets and control characters."""
    text = plain(output[-READ:])
    if len(output) > READ:
        text = text.partition("\n")[2]  # its first line is half a line, which may hold half a secret
    lines = [line.rstrip() for line in redacted(text, values).split("\n") if line.strip()]
    return [line if len(line) <= WIDTH else f"{line[:WIDTH]}…" for line in lines[-LINES:]]


def plain(text: str) -> str:
    """Text that a terminal shows and does not obey; a carriage return ends a line."""
    text = SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(each for each in text if each == "\n" or unicodedata.category(each) not in UNSAFE)


def redacted(text: str, values: Iterable[str]) -> str:
    """The text with `***` in the place of every secret in any dress."""
    values = set(values)
    wanted = {form for value in values for form in forms(value)}
    hidden = {
        place
        for value in values
        for form in _quotes(value)
        for match in re.finditer(re.escape(form), text, re.IGNORECASE)
        for place in range(*match.span())
    }
    for view in _views(text):
        joined = "".join(each for each, _, _ in view)
        for form in wanted:
            at = joined.find(form)
            while at >= 0:
                hidden.update(range(view[at][1], view[at + len(form) - 1][2]))
                at = joined.find(form, at + 1)
    return _covered(text, hidden)


def _covered(text: str, hidden: set[int]) -> str:
    pieces = ("***" if at - 1 not in hidden else "" for at in range(len(text)))
    return "".join(piece if at in hidden else text[at] for at, piece in enumerate(pieces))


def forms(value: str) -> Iterator[str]:
    """What may stand for a secret in a text that was made comparable."""
    for part in {value, *value.splitlines()}:
        raw = part.encode(errors="surrogateescape")
        written = (
            part,
            plain(part),
            part.upper(),
            part.lower(),
            raw.decode("latin-1"),
            json.dumps(part)[1:-1],
            repr(part)[1:-1],
            repr(raw)[2:-1],
        )
        for text in (*written, quote(raw, safe=""), quote_plus(raw), *_encoded(raw)):
            form = _folded(text)
            if len(part) >= SHORTEST and len(form) >= SHORTEST:
                yield form


def _quotes(value: str) -> Iterator[str]:
    """A secret of hardly anything but what is left out where texts are compared: only letter by letter."""
    for part in value.splitlines():
        if len(part) >= SHORTEST > len(_folded(part)):
            yield from (part, json.dumps(part)[1:-1], repr(part)[1:-1], shlex.quote(part)[1:-1])
            yield re.sub(r'([\\"$])', r"\\\1", part)


def _encoded(raw: bytes) -> Iterator[str]:
    """Hexadecimal, and the part of base64 that no neighbour has a say in, at each of its three places."""
    yield raw.hex()
    for shift, first in enumerate((0, 2, 3)):
        text = base64.b64encode(b"\0" * shift + raw).decode()
        yield text[first : (shift + len(raw)) * 8 // 6]


def _folded(text: str) -> str:
    return "".join([_fold(each) for each in text if each not in DROPPED])


@cache
def _fold(character: str) -> str:
    small = character.translate(CODES).lower()
    return small if len(small) == 1 else character


View = list[tuple[str, int, int]]
"""Characters to compare, each with where it begins and ends in the text."""


def _views(text: str) -> Iterator[View]:
    """The text as it is, and with what is written otherwise read as it is meant."""
    yield _comparable((each, at, at + 1) for at, each in enumerate(text))
    for written in DECODED:
        yield _comparable(_meant(text, written))


def _comparable(characters: Iterable[tuple[str, int, int]]) -> View:
    return [(_fold(each), start, end) for each, start, end in characters if each not in DROPPED]


def _meant(text: str, written: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    at = 0
    for match in written.finditer(text):
        yield from ((text[place], place, place + 1) for place in range(at, match.start()))
        code = next(group for group in match.groups() if group)
        yield chr(int("".join(code.split()), 16)), match.start(), match.end()
        at = match.end()
    yield from ((text[place], place, place + 1) for place in range(at, len(text)))
