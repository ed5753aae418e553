"""What an own engine changes in packet filter and forwarding: remembered before, put back after."""

import json
from pathlib import Path
from typing import Final

from lab import layout, shell

BEFORE: Final = layout.DIR / "machine-before.json"
FORWARD: Final = Path("/proc/sys/net/ipv4/ip_forward")


def remember() -> None:
    """Note forwarding as it was before the first engine; a note that is there is older, so it stays."""
    if BEFORE.exists():
        return
    policy = shell.run(["iptables", "-S", "FORWARD"]).splitlines()[0].split()[-1]
    BEFORE.write_text(json.dumps({"policy": policy, "ip_forward": FORWARD.read_text().strip()}))


def restore() -> None:
    """Remove the engine's chains and the rules of its bridge, and put forwarding back as it was."""
    if not BEFORE.exists():
        return
    before = json.loads(BEFORE.read_text())
    for table in ("filter", "nat"):
        for change in undo(shell.run(["iptables", "-t", table, "-S"])):
            shell.succeeds(["iptables", "-t", table, *change])
    shell.succeeds(["iptables", "-P", "FORWARD", before["policy"]])
    FORWARD.write_text(before["ip_forward"])
    BEFORE.unlink()


def undo(rules: str) -> list[list[str]]:
    """The iptables arguments that remove the engine's rules and chains, given a table's `iptables -S`."""
    lines = [line.split() for line in rules.splitlines()]
    ours = [words for words in lines if words[0] == "-A" and any(_ours(word) for word in words)]
    chains = [words[1] for words in lines if words[0] == "-N" and words[1].startswith("DOCKER")]
    deletions = [["-D", *words[1:]] for words in ours]
    return [*deletions, *(["-F", c] for c in chains), *(["-X", c] for c in chains)]


def _ours(word: str) -> bool:
    return word.startswith("DOCKER") or word == layout.BRIDGE
