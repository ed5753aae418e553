"""Counts what a run without changes does on its hosts."""

import json
import subprocess
import sys
from pathlib import Path

from lab import layout
from tasks.settings import ROOT

COUNTING = Path(__file__).with_name("counting.py")


def execs(tmp_path: Path, *words: str, root: Path = ROOT) -> dict[str, int]:
    """Host: how many commands a run started there; a file transfer is none of the things it may do."""
    file = tmp_path / "counts.json"
    argv = [sys.executable, str(COUNTING), str(file), "-y", "--json", "inventory.py", *words]
    run = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["results"]["totals"]["success"] == 0, run.stderr
    counts = json.loads(file.read_text())
    assert {kind for of_host in counts.values() for kind in of_host} == {"exec_command"}
    return {
        host.name: counts[str(host.ssh)]["exec_command"]
        for host in layout.MACHINES
        if str(host.ssh) in counts
    }
