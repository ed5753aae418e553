"""What the documents hold: their blocks, their tables, and the commands that a reader would type."""

import re
import shlex
from collections.abc import Iterator
from functools import cache

from tasks.settings import ROOT

READ = ("README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")
))  # fmt: skip
"""By path; the changelog speaks of what was, too."""
TYPED = ("guildhall", "pyinfra", "make")


@cache
def text(path: str) -> str:
    return (ROOT / path).read_text()


def blocks(path: str, language: str) -> list[str]:
    """The content of each block of code in a language, without its indentation."""
    found = re.finditer(rf"^( *)```{language}\n(.*?)^ *```", text(path), re.DOTALL | re.MULTILINE)
    return ["".join(line.removeprefix(each[1]) for line in each[2].splitlines(True)) for each in found]


def spans(markdown: str) -> list[str]:
    """What stands between backticks, outside blocks of code."""
    plain = re.sub(r"^ *```.*?^ *```", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", plain)


def rows(path: str, head: str) -> Iterator[list[str]]:
    """The cells of each row of every table whose first line holds `head`."""
    for table in re.findall(r"(?:^ *\|.*\n)+", text(path), re.MULTILINE):
        first, _, *others = table.splitlines()
        if head in first:
            for line in others:
                yield re.split(r" *\| *", line.strip()[1:-1].strip(" "))


def commands(path: str) -> set[str]:
    """Every command line of a document: in its blocks, its tables, its sentences."""
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    said = [*(part for line in lines for part in _parts(line)), *spans(text(path))]
    return {line for line in said if line.partition(" ")[0] in TYPED and " " in line}


def others(path: str) -> set[str]:
    """The programs, beside ours, that a document's blocks call."""
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    return {part.split()[0] for line in lines for part in _parts(line)} - {*TYPED}


def _parts(line: str) -> Iterator[str]:
    """The commands of a line of shell, those within others first; a comment is none."""
    words = shlex.split(line, comments=True)
    yield from (inner for word in words for inner in re.findall(r"\$\(([^)]+)\)", word))
    part: list[str] = []
    for word in [*words, "&&"]:
        if word in ("&&", "<", ">>"):
            if part:
                yield shlex.join(part)
            part = []
            if word != "&&":
                return
        else:
            part.append(word)
