"""Brings every applied release up when the host starts, and says which app did not come back."""

from __future__ import annotations

import time
from pathlib import Path

from onhost import containers, engine, files, locks, orders
from onhost.messages import Voice, spoken
from onhost.programs import Programs
from onhost.releases import Stack, stacks
from onhost.undo import reason
from onhost.work import Host, Job

PATIENCE = 120
"""Seconds that Docker Engine may take to answer."""


def boot(root: Path, log: Path) -> int:
    """0 if every stack got healthy, 1 if one did not: the unit then shows as failed, and says which."""
    lock = locks.Lock(root)
    try:
        lock.take("the host's start", wait=PATIENCE)
    except locks.BusyError as busy:
        spoken(str(busy))  # that deploy brings up what it touches
        return 1
    locks.sweep(root)
    if stacks(root):
        _engine_awaited()
    host = Host(root, log, lock, Programs((lock.descriptor,)), time.monotonic())
    up = {stack: _up(host, stack) for stack in stacks(root)}
    lock.release()  # a deploy need not wait for what follows
    back = [_back(stack, host.started) for stack, came in up.items() if came]
    return 0 if all(up.values()) and all(back) else 1


def _back(stack: Stack, since: float) -> bool:
    """Whether all services of an app get healthy within the time that it has for that."""
    until = since + _order(stack, stack.serving).ready
    while (unwell := _unwell(stack.app)) and time.monotonic() < until:
        time.sleep(1)
    if unwell:
        Voice(stack.app).say(f"FAILED at boot: {', '.join(unwell)}")
    return not unwell


def _unwell(app: str) -> list[str]:
    """What each service is like that does not serve."""
    try:
        found = engine.containers(app)
    except engine.EngineError as error:
        return [str(error)]
    return [
        f"{each.service} is {each.state}, {each.health or 'of unknown health'}"
        for each in found
        if not each.one_off and (each.state, each.health) != ("running", "healthy")
    ]


def _engine_awaited() -> None:
    until = time.monotonic() + PATIENCE
    while not engine.answers() and time.monotonic() < until:
        time.sleep(1)


def _up(host: Host, stack: Stack) -> bool:
    """Whether an app's containers were told to run from the release that serves."""
    name, voice = stack.serving, Voice(stack.app)
    if not name or not (stack.applied or stack.current):
        return True  # a first release that never got healthy
    voice.knows(stack.releases / name / ".env")
    try:
        if stack.current != name:
            cut_off = stack.current
            files.switch(stack, name)
            files.publish(stack, name, cut_off)
            voice.say(f"an earlier deploy was cut off; {name.rpartition('-')[2]} serves")
        elif stack.astray:
            files.switch(stack, name)
        containers.up(_job(host, stack, name, voice), wait=False)
    except Exception as error:  # the other apps come up all the same
        voice.show(getattr(error, "output", ""))
        voice.say(f"FAILED at boot: {reason(error)}")
        return False
    return True


def _job(host: Host, stack: Stack, name: str, voice: Voice) -> Job:
    run = orders.Run("the host's start", "", 0, 0, "", 0)
    return Job(host, run, _order(stack, name), voice)


def _order(stack: Stack, name: str) -> orders.Order:
    """What the release came with; an old one has none, and needs nothing but its own file."""
    known = (stack.manifest(name) or {}).get("order", {})
    return orders.recorded(known, orders.Order(stack.app, name.rpartition("-")[2]))
