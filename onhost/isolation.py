"""Docker's rules in the packet filter, which keep apps apart: `nft flush ruleset` takes them away, unseen."""

from __future__ import annotations

import os
import shutil

from onhost import engine

ASKED = ("iptables", "--wait", "5", "--numeric", "--list", "DOCKER")
"""Fails where the chain is not there that Docker makes first of all."""
QUIET = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]


def is_open() -> bool:
    """Whether the rules are gone. Docker keeps them elsewhere if it is told to speak to nftables itself."""
    env = engine.environment()
    program = shutil.which(ASKED[0], path=env["PATH"])
    if not program:
        return False  # without it Docker makes no such rules
    child = os.posix_spawn(program, ASKED, env, file_actions=QUIET)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        return False
    told = engine.ask("GET", "/info").get("FirewallBackend") or {}
    return str(told.get("Driver", "iptables")).startswith("iptables")
