"""A few rules of CONTRIBUTING that a reader could break without another test noticing."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from catalogue import APPS
from tasks.settings import ROOT
from tests.support.site import HOSTS
from tests.support.sources import OURS, Check, Source, imports, sources

LONGEST_DEPLOY = 15
LONGEST_COMMAND = 13
"""Lines of a function of cli/, its docstring not counted."""


def private(source: Source) -> Iterator[str]:
    """Names that begin with `_`, imported from another module."""
    for node, module, name in imports(source):
        if name.startswith("_"):
            yield source.at(node, f"{name} is {module}'s own")


def long_commands(source: Source) -> Iterator[str]:
    """Functions of cli/ that are more than words and a call of what does the work."""
    for node in source.nodes(ast.FunctionDef) if source.folder == "cli" else ():
        if node.end_lineno:
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = node.end_lineno - body[0].lineno + 1 if body else 0
            if lines > LONGEST_COMMAND:
                yield source.at(node, f"{node.name} has {lines} lines; its work belongs into tasks/ or lab/")


def impure(source: Source) -> Iterator[str]:
    """Imports of the catalogue from anywhere but the standard library."""
    plain = [(node, alias.name) for node in source.nodes(ast.Import) for alias in node.names]
    parts = [(node, node.module or "") for node in source.nodes(ast.ImportFrom) if not node.level]
    for node, module in [*plain, *parts] if source.folder == "catalogue" else ():
        if module.partition(".")[0] not in sys.stdlib_module_names | {"catalogue"}:
            yield source.at(node, f"the catalogue imports {module}")


def names_an_app_or_a_host(source: Source) -> Iterator[str]:
    """Behaviour that hangs on a name instead of a field of the record."""
    known = {app.name for app in APPS} | {host.name for host in HOSTS}
    for node in source.nodes(ast.Constant) if source.folder in ("tasks", "cli") else ():
        if node.value in known:
            yield source.at(node, f"'{node.value}' is spelled out; add a field to the record")


def unnamed_operations(source: Source) -> Iterator[str]:
    """Calls of operations without `name=`: pyinfra would print their arguments, secrets included."""
    stock = {name for name in modules_of_operations(source) if source.folder == "tasks"}
    for node in source.nodes(ast.Call):
        if is_operation(node.func, stock):
            names = {keyword.arg for keyword in node.keywords}
            if "name" not in names:
                yield source.at(node, f"{ast.unparse(node.func)} has no name=")


def modules_of_operations(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.ImportFrom):
        if node.module == "pyinfra.operations":
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
        for node in source.nodes(ast.FunctionDef)
        if any(ast.unparse(decorator).startswith("operation(") for decorator in node.decorator_list)
    )


def hidden_defaults(source: Source) -> Iterator[str]:
    """`host.data.get`, which hides that a value is missing from group_data."""
    for node in source.nodes(ast.Attribute):
        if node.attr == "get" and ast.unparse(node).endswith("host.data.get"):
            yield source.at(
                node, "host.data.get; write host.data.NAME, with its default in group_data/all.py"
            )


def without_privileges(source: Source) -> Iterator[str]:
    """Commands that an operator who is not root on the host could not run: pyinfra adds no sudo to them."""
    for node in source.nodes(ast.Call) if source.folder == "tasks" else ():
        if isinstance(node.func, ast.Attribute) and node.func.attr == "run_shell_command":
            passed = {ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg is None}
            if not any(each.startswith("privileges(") for each in passed):
                yield source.at(node, "run_shell_command without **privileges(host)")


def long_deploys(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if source.folder == "deploys" and lines > LONGEST_DEPLOY:
        yield f"{source.path} has {lines} lines; what is more than {LONGEST_DEPLOY} belongs into tasks/"


CHECKS: dict[Check, list[Source]] = {
    private: [
        Source("tasks/verify/x.py", "from tasks.run import _prepared"),
        Source("tasks/stacks/x.py", "from .archive import _mode"),
    ],
    long_commands: [
        Source("cli/x.py", "def command():\n    'Words.'\n" + "    work()\n" * (LONGEST_COMMAND + 1)),
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
    without_privileges: [
        Source("tasks/x.py", "host.run_shell_command(StringCommand('ss'))"),
        Source("tasks/x.py", "def f(host):\n    return host.run_shell_command('ss', _stdin='x', **more)"),
    ],
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
