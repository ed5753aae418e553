"""The project's Python files as syntax, for tests that read them."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from tasks.settings import ROOT

FOLDERS = ("catalogue", "onhost", "tasks", "cli", "deploys", "lab")
N = TypeVar("N", bound=ast.AST)
OURS = {*FOLDERS, "group_data", "inventory", "config", "tests"}
"""All that can be imported from the repository's root."""


@dataclass(frozen=True)
class Source:
    """A Python file of the project."""

    path: str
    text: str

    @property
    def folder(self) -> str:
        return self.path.partition("/")[0]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def _nodes(self) -> dict[type[ast.AST], list[Any]]:
        found: dict[type[ast.AST], list[Any]] = defaultdict(list)
        for node in ast.walk(ast.parse(self.text)):
            found[type(node)].append(node)
        return found

    def nodes(self, kind: type[N]) -> list[N]:
        """Those of one kind; whoever looks at a file first has it parsed."""
        return self._nodes.get(kind, [])

    def at(self, node: ast.expr | ast.stmt, what: str) -> str:
        return f"{self.path} line {node.lineno}: {what}"


Check = Callable[[Source], Iterable[str]]
"""The violations in a file, each in one line."""


@cache
def sources() -> tuple[Source, ...]:
    files = (file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")))
    return tuple(source(file) for file in files)


@cache
def source(file: Path) -> Source:
    return Source(str(file.relative_to(ROOT)), file.read_text())


@cache
def modules() -> frozenset[str]:
    return frozenset(source.module for source in sources())


@cache
def imports(source: Source) -> tuple[tuple[ast.stmt, str, str], ...]:
    """Each import of one of ours: the module, and what is taken from it; empty: the module itself."""
    return tuple(_imports(source))


def _imports(source: Source) -> Iterator[tuple[ast.stmt, str, str]]:
    for plain in source.nodes(ast.Import):
        yield from ((plain, alias.name, "") for alias in plain.names if ours(alias.name))
    for node in source.nodes(ast.ImportFrom):
        above = ".".join(Path(source.path).parts[: -node.level]) if node.level else ""
        parent = ".".join(part for part in (above, node.module) if part)
        for alias in node.names if ours(parent) else ():
            # `from tasks import secrets` takes a module, `from tasks.host import debian` a function.
            module = f"{parent}.{alias.name}"
            whole = module in modules() and alias.name not in exports(parent)
            yield (node, module, "") if whole else (node, parent, alias.name)


@cache
def exports(package: str) -> frozenset[str]:
    """What a package hands to others, by its `__all__`."""
    for source in sources():
        for node in source.nodes(ast.Assign) if source.module == package else ():
            if ast.unparse(node.targets[0]) == "__all__":
                return frozenset(ast.literal_eval(node.value))
    return frozenset()


def ours(module: str) -> bool:
    return module.partition(".")[0] in OURS
