"""What a run costs this machine for each server, by a hundred that are not there."""

import json
import os
import shutil
import subprocess
import sys
from typing import Final

from catalogue import APPS, views
from lab import layout, seed
from lab.errors import LabError
from tasks.secrets import DotenvStore

COUNT: Final = 100
FOLDER: Final = layout.DIR / "many"
COPIED: Final = ("catalogue", "onhost", "tasks", "deploys", "lab", "templates", "files", "group_data")
FILES: Final = ("config.py", "inventory.py", "images.lock", "pyproject.toml")
NAMES: Final = tuple(f"many-{number:03}" for number in range(COUNT))


def measure() -> float:
    """Seconds of processor time for each server of a run that changes nothing; LabError if one fails.

    They have the apps that every server has: five, and all of a Debian server.
    """
    try:
        _made()
        _run("many")  # everything is new
        one, all_of_them = _run(NAMES[0]), _run("many")
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    return (all_of_them - one) / (COUNT - 1)


def _made() -> None:
    """A copy of the project with so many servers more."""
    for name in COPIED:
        shutil.copytree(layout.ROOT / name, FOLDER / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(layout.ROOT / name, FOLDER)
    servers = {name: _server(number) for number, name in enumerate(NAMES)}
    reboots = {"tools": "Sun 03:00", "management": "Sun 03:30", "authentik": "Sun 04:00", "many": "Mon 00:00"}
    with (FOLDER / "group_data/lab.py").open("a") as file:
        file.write(f"\nservers |= {servers!r}\nreboots = {reboots!r}\n")
    listed = FOLDER / "inventory.py"
    text = listed.read_text()
    listed.write_text(text.replace("_MEMBERS = {", f"_MEMBERS = {{\n    'many': {list(NAMES)!r},", 1))
    seed.fill(DotenvStore(FOLDER / ".secrets.lab.env"), views.all_secrets(APPS))


def _server(number: int) -> dict[str, object]:
    address = f"10.0.0.{number + 101}"
    return {"public_ip": address, "private_ip": address, "ssh_port": 40000 + number}


def _run(limit: str) -> float:
    """Seconds of processor time of a run."""
    kept = FOLDER / "kept.json"
    words = ["-y", "--json", "--limit", limit, "inventory.py", "deploys/site.py"]
    argv = [sys.executable, "-m", "lab.simulated", str(kept), *words]
    environment = {
        **os.environ,
        "GUILDHALL_ENV": "lab",
        "GUILDHALL_SECRETS": "dotenv",
        "PYTHONPATH": str(FOLDER),
    }
    known = kept.exists()
    done = subprocess.run(argv, cwd=FOLDER, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"a run over servers that are not there fails: {done.stderr[-800:]}")
    if known and json.loads(done.stdout)["results"]["totals"]["success"]:
        raise LabError(f"a run changed servers that are as they should be: {done.stderr[-800:]}")
    return float(json.loads(kept.read_text())["cpu"])
