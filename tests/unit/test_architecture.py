"""The plan of the house: which room may know which other, and what it may take from there."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module

import pytest

from catalogue import APPS
from catalogue.apps import ORDER
from catalogue.model import App
from tasks.settings import ROOT
from tests.support.sources import Check, Source, exports, imports, ours, sources

PLAN = {
    # what runs
    "model": "",
    "views": "model",
    "dashboards": "",
    "apps": "model views",
    # what others talk through, and read first
    "settings": "",
    "yaml_text": "",
    "checkout": "settings",
    "faults": "model settings",
    "order": "",
    "clients": "",
    "privileges": "",
    "compiled": "",
    "templates": "model settings yaml_text compiled",
    "secrets": "model settings clients",
    "images": "model views settings clients",
    "inventory": "model settings clients faults",
    # what runs on the hosts, elsewhere
    "onhost": "",
    "program": "settings onhost",
    # one part of a site each
    "dns": "model views clients",
    "host": "model views settings privileges templates program onhost",
    "databases": "model views settings privileges program secrets",
    "buckets": "model views clients secrets",
    "zabbix": "model views settings privileges program secrets",
    "stacks": "model views privileges templates yaml_text program onhost",
    # a run
    "deploy_files": "model settings",
    "run": "model views apps settings checkout deploy_files templates secrets images inventory buckets"
    " stacks",
    "look": "model views settings program host",
    "server": "model views program host look databases buckets zabbix stacks run",
    "verify": "model views privileges program onhost host look zabbix dns run",
    "plan": "model views settings checkout images dns host stacks",
    "last_lines": "model privileges onhost remote",
    "session": "dns run plan stacks last_lines",
    "note": "host plan privileges",
    "remote": "model views settings privileges",
    "admin": "model privileges program remote",
    "rollback": "model checkout program remote",
    "silences": "model views checkout privileges remote",
    "github": "clients",
    "runner": "clients",
    "run_log": "settings",
    # where one comes in
    "deploys": "apps server verify",
    "cli": "apps views settings admin faults secrets images inventory dns stacks plan session remote rollback"
    " verify note silences github runner run_log lab",
    "lab": "model views apps settings templates secrets program onhost host stacks",
}
"""The plan of the house: each room (a package, or a module of tasks/) and the rooms it may import from."""
LAYERS = 6


def room(module: str) -> str:
    """The room that a module lies in; what records share, and their order, is with the records."""
    top, _, inner = module.partition(".")
    name = inner.partition(".")[0]
    if top == "catalogue":
        return name if name in ("model", "views", "dashboards") else "apps"
    return name if top == "tasks" else top


def unplanned(source: Source) -> Iterator[str]:
    """Imports that the plan of the house does not have."""
    here = room(source.module)
    for node, module, _ in imports(source):
        there = room(module)
        if there and there not in (here, *PLAN.get(here, "").split()):
            yield source.at(node, f"{here} imports {module}, and the plan leads it to {PLAN.get(here)}")


def past_the_door(source: Source) -> Iterator[str]:
    """What one package takes from another that the other does not export."""
    for node, module, name in imports(source):
        package = ".".join(module.split(".")[:2])
        elsewhere = room(module) != room(source.module) and package in packages()
        if elsewhere and module != package:
            yield source.at(node, f"{module} belongs to {package}; import what that exports")
        elif elsewhere and name and name not in exports(package):
            yield source.at(node, f"{package} does not export {name}")
        elif elsewhere and not name:
            yield from unexported(source, package)


def foreign(source: Source) -> Iterator[str]:
    """What runs on the hosts takes nothing but what every Python has: there is nothing else."""
    known = {*sys.stdlib_module_names, "onhost"}
    plain = [(node, alias.name) for node in source.nodes(ast.Import) for alias in node.names]
    parts = [(node, node.module or "onhost") for node in source.nodes(ast.ImportFrom)]
    for node, name in [*plain, *parts] if source.folder == "onhost" else ():
        if name.partition(".")[0] not in known and not ours(name):
            yield source.at(node, f"{name} is not on the hosts")


@cache
def packages() -> frozenset[str]:
    """Rooms of several modules; of one with a single module every public name can be had."""
    inits = (source.module for source in sources() if source.path.endswith("/__init__.py"))
    return frozenset(
        module for module in inits if module.count(".") == 1 and room(module) not in ("apps", "lab")
    )


def unexported(source: Source, package: str) -> Iterator[str]:
    """`dns.zones` after `from tasks import dns`."""
    name = package.rpartition(".")[2]
    for node in source.nodes(ast.Attribute):
        if ast.unparse(node.value) == name and node.attr not in exports(package):
            yield source.at(node, f"{package} does not export {node.attr}")


CHECKS: dict[Check, list[Source]] = {
    foreign: [
        Source("onhost/x.py", "import yaml"),
        Source("onhost/x.py", "def f():\n    from pyinfra.api import Host"),
    ],
    unplanned: [
        Source("catalogue/x.py", "from tasks.settings import ROOT"),
        Source("catalogue/model/x.py", "from catalogue import APPS"),
        Source("catalogue/model/x.py", "from catalogue.views import present"),
        Source("catalogue/x.py", "import inventory"),
        Source("tasks/clients/x.py", "from tasks import secrets"),
        Source("tasks/stacks/x.py", "from tasks import run"),
        Source("tasks/stacks/x.py", "import tasks.run as this_run"),
        Source("tasks/dns/x.py", "def f():\n    from lab import layout"),
        Source("tasks/dns/x.py", "from ...lab import layout"),
        Source("tasks/dns/x.py", "from ..stacks import Release"),
        Source("tasks/host/x.py", "from group_data.all import timezone"),
        Source("tasks/new_room/x.py", "from tasks import settings"),
        Source("onhost/x.py", "from tasks.settings import ROOT"),
        Source("onhost/x.py", "from catalogue import model"),
        Source("tasks/run.py", "import deploys.site"),
        Source("tasks/run.py", "from cli import main"),
        Source("deploys/x.py", "import lab.layout as layout"),
        Source("lab/x.py", "from tasks import run"),
        Source("lab/x.py", "from tasks.clients import session"),
        Source("lab/x.py", "import inventory"),
    ],
    past_the_door: [
        Source("catalogue/views/x.py", "from catalogue.model.checks import NAME"),
        Source("catalogue/views/x.py", "from catalogue.model import NAME"),
        Source("tasks/run.py", "from tasks.stacks.release import SECRETS_FILE"),
        Source("tasks/run.py", "from tasks.stacks import SECRETS_FILE"),
        Source("tasks/run.py", "from tasks.stacks import compose"),
        Source("tasks/run.py", "import tasks.stacks.compose"),
        Source("tasks/run.py", "from tasks import stacks\nstacks.archive.packed()"),
        Source("lab/x.py", "from tasks.secrets.dotenv import write_private"),
    ],
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


def test_the_plan_has_every_room_and_no_way_that_nobody_goes() -> None:
    """Else it could not be read as what is there. The lab may do with less."""
    used: dict[str, set[str]] = {}
    for source in sources():
        here = room(source.module)
        used.setdefault(here, set()).update(room(module) for _, module, _ in imports(source))
    unused = {name: set(rooms.split()) - used.get(name, set()) for name, rooms in PLAN.items()}

    assert used.keys() - {""} == PLAN.keys()
    assert {name: rooms for name, rooms in unused.items() if rooms and name != "lab"} == {}


def longest(plan: Mapping[str, str], room: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The longest way down from a room; a ValueError names a circle."""
    if room in above:
        raise ValueError(" -> ".join((*above, room)))
    ways = [longest(plan, below, (*above, room)) for below in plan[room].split()]
    return (room, *max(ways, key=len, default=()))


def test_the_house_has_six_layers_and_no_circle() -> None:
    ways = [longest(PLAN, name) for name in PLAN]

    assert [way for way in ways if len(way) > LAYERS] == []


def test_a_floor_too_many_and_a_circle_are_found() -> None:
    assert longest({"a": "b c", "b": "", "c": "d", "d": "b"}, "a") == ("a", "c", "d", "b")
    with pytest.raises(ValueError, match="views -> model -> views"):
        longest({"model": "views", "views": "model"}, "views")


def circle(everything: Iterable[Source]) -> list[str]:
    """Modules that import each other, directly or round some corners; empty if there are none."""
    left = {source.module: {module for _, module, _ in imports(source)} for source in everything}
    while ends := {module for module, below in left.items() if not (below - {module}) & left.keys()}:
        left = {module: below for module, below in left.items() if module not in ends}
    return sorted(left)


def test_no_module_imports_itself_round_a_corner() -> None:
    assert circle(sources()) == []


def test_a_circle_between_modules_is_found() -> None:
    corner = [
        Source("tasks/stacks/compose.py", "from tasks.stacks import release"),
        Source("tasks/stacks/release.py", "def f():\n    from tasks.stacks.state import Stack"),
        Source("tasks/stacks/state.py", "from tasks.stacks import compose"),
        Source("tasks/stacks/diffs.py", "import tasks.settings"),
    ]

    assert circle(corner[1:]) == []
    assert circle(corner) == ["tasks.stacks.compose", "tasks.stacks.release", "tasks.stacks.state"]


@cache
def modules() -> dict[str, str]:
    """Each app's module: most have one of their name, and some share one."""
    names = [path.stem for path in (ROOT / "catalogue/apps").glob("*.py") if path.stem != "__init__"]
    found = {name: vars(import_module(f"catalogue.apps.{name}")).values() for name in names}
    return {each.name: name for name, said in found.items() for each in said if isinstance(each, App)}


def test_an_app_has_a_module_and_a_folder_of_its_name() -> None:
    folders = {path.name for path in (ROOT / "templates").iterdir()}

    assert {app.name for app in APPS} == modules().keys()
    assert {app.name for app in APPS} <= folders
    for name, module in modules().items():
        alone = list(modules().values()).count(module) == 1
        assert not alone or name.replace("-", "_") == module


def test_apps_are_deployed_in_the_order_that_is_written_down_and_others_after_them() -> None:
    names = list(dict.fromkeys(modules()[app.name] for app in APPS))

    assert names[: len(ORDER)] == list(ORDER)
    assert names[len(ORDER) :] == sorted(names[len(ORDER) :])
