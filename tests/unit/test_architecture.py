"""Imports point one way, and a few rules that a reader could break without a test noticing."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from catalogue import APPS
from tasks.settings import ROOT
from tests.support.site import HOSTS

LAYERS = {"catalogue": {"catalogue"}, "tasks": {"catalogue", "tasks"}, "deploys": {"catalogue", "tasks"}}
OURS = {"catalogue", "tasks", "lab", "deploys", "group_data", "inventory", "config", "tests"}
"""All that can be imported from the repository's root."""
FOR_SEEDING = {"tasks.secrets", "tasks.secret_store", "tasks.scaleway_store", "tasks.dotenv_store"}
"""What the lab fills its own secret store with."""
LONGEST_DEPLOY = 15


@dataclass(frozen=True)
class Source:
    """A Python file of the project."""

    path: str
    text: str

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]

    @property
    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(ast.parse(self.text))

    def at(self, node: ast.expr | ast.stmt, what: str) -> str:
        return f"{self.path} line {node.lineno}: {what}"


Check = Callable[[Source], Iterable[str]]
"""The violations in a file, each in one line."""


@cache
def sources() -> tuple[Source, ...]:
    files = (file for folder in (*LAYERS, "lab") for file in sorted((ROOT / folder).rglob("*.py")))
    return tuple(Source(str(file.relative_to(ROOT)), file.read_text()) for file in files)


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Each import with the full name of its module."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            above = ".".join(Path(source.path).parts[: -node.level]) if node.level else ""
            parent = ".".join(part for part in (above, module) if part)
            # `from tasks import secrets` imports a module too.
            yield from (
                (node, f"{parent}.{alias.name}" if parent in OURS else parent) for alias in node.names
            )


def upward(source: Source) -> Iterator[str]:
    """Imports of our packages that a layer may not know."""
    for node, module in imports(source):
        top = module.partition(".")[0]
        if source.package == "lab" and top == "tasks":
            allowed = module in FOR_SEEDING
        else:
            allowed = top in LAYERS.get(source.package, {"lab", "catalogue"})
        if top in OURS and not allowed:
            yield source.at(node, f"{source.package} imports {module}")


def impure(source: Source) -> Iterator[str]:
    """Imports of the catalogue from anywhere but the standard library."""
    for node, module in imports(source):
        top = module.partition(".")[0]
        if source.package == "catalogue" and top not in sys.stdlib_module_names | {"catalogue"}:
            yield source.at(node, f"the catalogue imports {module}")


def names_an_app_or_a_host(source: Source) -> Iterator[str]:
    """Behaviour that hangs on a name instead of a field of the record."""
    known = {app.name for app in APPS} | {host.name for host in HOSTS}
    for node in source.nodes:
        if source.package == "tasks" and isinstance(node, ast.Constant) and node.value in known:
            yield source.at(node, f"'{node.value}' is spelled out; add a field to the record")


def unnamed_operations(source: Source) -> Iterator[str]:
    """Calls of operations without `name=`: pyinfra would print their arguments, secrets included."""
    stock = {name for name in modules_of_operations(source) if source.package == "tasks"}
    for node in source.nodes:
        if isinstance(node, ast.Call) and is_operation(node.func, stock):
            names = {keyword.arg for keyword in node.keywords}
            if "name" not in names:
                yield source.at(node, f"{ast.unparse(node.func)} has no name=")


def modules_of_operations(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "pyinfra.operations":
            yield from (alias.asname or alias.name for alias in node.names)


def is_operation(called: ast.expr, stock: set[str]) -> bool:
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return called.value.id in stock
    return isinstance(called, ast.Name) and called.id in own_operations()


@cache
def own_operations() -> frozenset[str]:
    """The functions of tasks/ that are operations."""
    return frozenset(
        node.name
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(decorator).startswith("operation(") for decorator in node.decorator_list)
    )


def hidden_defaults(source: Source) -> Iterator[str]:
    """`host.data.get`, which hides that a value is missing from group_data."""
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("host.data.get"):
            yield source.at(
                node, "host.data.get; write host.data.NAME, with its default in group_data/all.py"
            )


def long_deploys(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if source.package == "deploys" and lines > LONGEST_DEPLOY:
        yield f"{source.path} has {lines} lines; what is more than {LONGEST_DEPLOY} belongs into tasks/"


CHECKS: dict[Check, list[Source]] = {
    upward: [
        Source("catalogue/x.py", "from tasks.settings import ROOT"),
        Source("catalogue/x.py", "import inventory"),
        Source("tasks/x.py", "def f():\n    from lab import layout"),
        Source("tasks/x.py", "from group_data.all import timezone"),
        Source("tasks/x.py", "import deploys.site"),
        Source("deploys/x.py", "import lab.layout as layout"),
        Source("lab/x.py", "from tasks import stacks"),
        Source("lab/x.py", "import inventory"),
        Source("tasks/deep/x.py", "from ...lab import layout"),
    ],
    impure: [
        Source("catalogue/x.py", "from pyinfra import host"),
        Source("catalogue/x.py", "if True:\n    import yaml"),
    ],
    names_an_app_or_a_host: [
        Source("tasks/x.py", f"if app.name == '{APPS[0].name}': ..."),
        Source("tasks/x.py", f"SPECIAL = {{'{HOSTS[0].name}'}}"),
    ],
    unnamed_operations: [
        Source("tasks/x.py", "from pyinfra.operations import server\nserver.shell(commands=['true'])"),
        Source("tasks/x.py", "from pyinfra.operations import files as f\nf.put(src='a', dest='b')"),
        Source("tasks/x.py", "config_file(path='/etc/x', content='')"),
    ],
    hidden_defaults: [Source("tasks/x.py", "host.data.get('timezone', 'UTC')")],
    long_deploys: [Source("deploys/x.py", "server()\n" * (LONGEST_DEPLOY + 1))],
}
"""Each rule with violations that it must find."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_project_keeps_the_rule(check: Check) -> None:
    assert [violation for source in sources() for violation in check(source)] == []


@pytest.mark.parametrize(
    ("check", "planted"),
    [(check, planted) for check, all_planted in CHECKS.items() for planted in all_planted],
    ids=lambda value: value.text.splitlines()[0] if isinstance(value, Source) else value.__name__,
)
def test_the_rule_notices_a_violation(check: Check, planted: Source) -> None:
    assert len(list(check(planted))) == 1


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_installed_package_takes_the_name_of_one_of_ours(name: str) -> None:
    elsewhere = [path for path in sys.path if path and Path(path).resolve() != ROOT]

    assert PathFinder.find_spec(name, elsewhere) is None
