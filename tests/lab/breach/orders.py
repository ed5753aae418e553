"""The intruder's text, as a host and its containers get it, and what they said."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from catalogue.model import Site
from tests.lab.breach import kernel, network, processes, surroundings
from tests.lab.running import ROOT, Lab

PARTS = ("reach", "holdings", "kernel", "surroundings", "network", "processes")
HELPERS = ("connects", "first", "can_read", "is_open")
WAYS = [
    name
    for part in (kernel, network, processes, surroundings)
    for name, each in vars(part).items()
    if getattr(each, "__module__", "") == part.__name__ and not name.startswith("_") and name not in HELPERS
]
"""What is tried of the kernel and of what is around a container, each by the name of its function."""
SITE = """
import pickle, sys
from tasks import images, inventory
sys.stdout.buffer.write(pickle.dumps(inventory.site(inventory.load(), images.read())))
"""
MAIN = """
import json, sys

def outcome(way):
    try:
        return globals()[way]()
    except Exception as error:
        return f"could not be tried: {type(error).__name__}: {error}"

order = json.loads(ORDER)
answers = {"reached": reached([tuple(each) for each in order["targets"]])}
if sys.argv[1:] != ["reach"]:
    answers["holdings"] = holdings(**order["holdings"])
    answers["ways"] = {way: outcome(way) for way in order["ways"]}
print(json.dumps(answers))
"""


@cache
def lab_site() -> Site:
    # In a process of its own: who loads an inventory has sockets and threads of gevent from then on.
    told = subprocess.run([sys.executable, "-c", SITE], cwd=ROOT, check=True, capture_output=True).stdout
    site: Site = pickle.loads(told)  # noqa: S301 - ours
    return site


def on(lab: Lab, host: str, call: str, *words: object, driver: str = "driver") -> Any:
    """What a function of a module beside this one returns on a host, where none of the project is."""
    arguments = ", ".join(map(repr, words))
    text = f"{_text(driver)}\nimport json"
    told = lab.ssh(
        host, f"python3 - <<'END OF DRIVER'\n{text}\nprint(json.dumps({call}({arguments})))\nEND OF DRIVER"
    )
    return json.loads(told)


def asking(targets: Iterable[tuple[str, int, str]]) -> str:
    """A program that says what some addresses answer."""
    return f"{_text('reach')}\nimport json\nprint(json.dumps(reached({list(targets)!r})))\n"


def _text(part: str) -> str:
    """Of a module; what it has from others is in the same text."""
    lines = Path(__file__).with_name(f"{part}.py").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("from tests."))


def program(order: Mapping[str, Any]) -> str:
    """The intruder whole, with what it shall try."""
    return "\n".join([*map(_text, PARTS), f"ORDER = {json.dumps(order)!r}", MAIN])


def at_once(hosts: Iterable[str], done: Callable[[str], Any]) -> dict[str, Any]:
    """By host, what is done there; at all of them at once."""
    names = list(hosts)
    with ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(done, names), strict=True))
