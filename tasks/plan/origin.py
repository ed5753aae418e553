"""Where in the repository a change comes from: the line of the record, and the commits behind it."""

import ast
from collections.abc import Iterator
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
        for call in _calls(ast.parse(text)):
            for word in call.keywords:
                if word.arg == "name" and isinstance(word.value, ast.Constant):
                    found[str(word.value.value)] = (str(file.relative_to(root)), call.lineno, text)
    return found


def _calls(module: ast.Module) -> Iterator[ast.Call]:
    """Those that make a record: of `App`, and whatever else a name of the module stands for."""
    assigned = [node.value for node in module.body if isinstance(node, ast.Assign)]
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (ast.unparse(node.func) == "App" or node in assigned):
            yield node


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
