"""Where in the repository a change comes from: the line of the record, and the commits behind it."""

import ast
from functools import cache
from pathlib import Path

from tasks import checkout
from tasks.settings import ROOT

NEWEST = 3
"""So many commits are told of one change."""


@cache
def _records(root: Path) -> dict[str, tuple[str, int, str]]:
    """App: its module, the line where its record begins, and the module's text."""
    found = {}
    for file in sorted((root / "catalogue/apps").glob("*.py")):
        text = file.read_text()
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Name(id="App"), keywords=keywords):
                    for word in keywords:
                        if word.arg == "name" and isinstance(word.value, ast.Constant):
                            place = str(file.relative_to(root))
                            found[str(word.value.value)] = (place, node.lineno, text)
    return found


def place(app: str, *said: str, root: Path = ROOT) -> str:
    """`FILE:LINE` of the first of these texts in an app's record, or of where that begins."""
    if app not in _records(root):
        return ""
    file, first, text = _records(root)[app]
    lines = text.splitlines()
    for word in filter(None, said):
        for number, line in enumerate(lines[first - 1 :], start=first):
            if f'"{word}"' in line or f":{word}" in line:
                return f"{file}:{number}"
    return f"{file}:{first}"


def commits(app: str, since: str, root: Path = ROOT) -> tuple[str, ...]:
    """Commits since that one that touched an app's record or files; the last one, if it is not known."""
    file = _records(root).get(app, ("", 0, ""))[0]
    return checkout.commits([file, f"templates/{app}", f"files/{app}"], since, NEWEST, root) if file else ()
