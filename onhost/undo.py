"""One app on its way to a release, and what becomes of it when a step fails."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from onhost import containers, engine, files, orders
from onhost.messages import record
from onhost.programs import StepError
from onhost.work import Job

WRONG = (StepError, OSError, engine.EngineError)
"""What can go wrong in a step."""


def reason(error: Exception) -> str:
    """Why, in words."""
    if isinstance(error, OSError):
        place = error.filename2 or error.filename  # the second of a link is the link
        return f"{error.strerror or error}{f': {place}' if place else ''}"
    return str(error)


@dataclass
class Attempt:
    """One try to bring an app to its release."""

    job: Job
    release: Path
    """The folder with its files, as it was sent."""
    at: str = "stage"
    ran: bool = False
    """Its containers ran before they were touched."""

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.stack = self.job.stack
        self.name = self.stack.fresh(self.job.order.revision)
        self.previous, self.before = self.stack.previous, self.stack.current

    def step(self, name: str) -> None:
        self.at = name
        self.say(name)
        self.job.host.lock.tell(f"{self.job.app}: {name}")

    def say(self, text: str) -> None:
        self.job.voice.say(text)

    def show(self, error: Exception) -> None:
        """What a program printed before it failed."""
        if isinstance(error, StepError):
            self.job.voice.show(error.output)

    def note(self, result: str, *, good: bool = True) -> bool:
        """Records how it ended; False if it ended badly, or if that could not be recorded."""
        entry = {
            "app": self.job.app,
            "revision": self.job.order.revision,
            "from": self.previous.rpartition("-")[2],
            "by": self.job.run.by,
            "commit": self.job.run.commit,
            "result": result,
            "seconds": int(time.monotonic() - self.began),
        }
        try:
            record(self.job.host.log, entry)
        except OSError as error:
            self.say(f"FAILED: this could not be noted in {self.job.host.log} ({reason(error)})")
            return False
        return good


def refuse(attempt: Attempt, error: Exception) -> bool:
    """The app was not touched, and its files are those of before."""
    attempt.show(error)
    left = "nothing was changed"
    try:
        _files_of_before(attempt)
    except OSError as problem:
        left = f"its files could not be put back ({reason(problem)}), its containers run on; deploy again"
    attempt.say(f"REFUSED at {attempt.at}: {reason(error)}; {left}")
    return attempt.note("refused", good=False)


def _files_of_before(attempt: Attempt) -> None:
    stack = attempt.stack
    if not attempt.previous:
        files.publish(stack, "", attempt.name)
    if stack.current == attempt.name and attempt.before:
        files.switch(stack, attempt.before)
    elif stack.current == attempt.name:
        files.taken_away(stack)
    stack.remove(attempt.name)


def undo(attempt: Attempt, error: Exception) -> bool:
    """The app failed: it is brought to where it serves, if there is a way."""
    attempt.show(error)
    with suppress(*WRONG):
        containers.explain(attempt.job)
    if why := _stays(attempt):
        with suppress(OSError):
            files.publish(attempt.stack, attempt.name, attempt.previous, attempt.before)
        # The next deploy finds what was not recorded as applied, and begins here again.
        attempt.say(f"FAILED at {attempt.at}: {reason(error)}; {why}")
        return attempt.note("failed, stays", good=False)
    attempt.say(f"{attempt.at}: {reason(error)}")
    return _restore(attempt) if attempt.previous else _take_down(attempt)


def _stays(attempt: Attempt) -> str:
    """Why there is no way back; empty if there is one."""
    if not engine.answers():
        return "Docker Engine does not answer; the new release stays, and the next deploy goes on from there"
    if attempt.job.order.one_way:
        return (
            "the new release stays, healthy or not: its one-way migration may have run, and the version "
            "before cannot use the data; correct what it says and deploy again, or restore a backup"
        )
    if attempt.ran and not attempt.previous:
        return "its containers ran before, and there is no whole release to put back; they stay as they are"
    return ""


def _restore(attempt: Attempt) -> bool:
    """The previous release, with the order that it came with."""
    known = (attempt.stack.manifest(attempt.previous) or {}).get("order", {})
    job = replace(attempt.job, order=orders.recorded(known, attempt.job.order))
    revision = attempt.previous.rpartition("-")[2]
    try:
        files.switch(attempt.stack, attempt.previous)
        containers.up(job)
    except WRONG as error:
        attempt.show(error)
        look = f"look at: cd {attempt.stack.folder} && docker compose ps"
        how = "cannot be put back" if isinstance(error, OSError) else "does not get healthy either"
        attempt.say(f"ROLL-BACK FAILED: {revision} {how} ({reason(error)}); {look}")
        with suppress(*WRONG):
            containers.explain(job)
        return attempt.note("roll-back failed", good=False)
    _told_again(attempt, job)
    said = _published_again(attempt)
    attempt.say(f"ROLLED BACK at {attempt.at}: the previous release, {revision}, serves again{said}")
    attempt.stack.remove(attempt.name)
    return attempt.note("rolled back", good=False)


def _told_again(attempt: Attempt, job: Job) -> None:
    try:
        containers.told(job)
    except WRONG as error:
        attempt.show(error)
        look = f"look at: cd {attempt.stack.folder} && docker compose logs"
        attempt.say(f"what the previous release does after it is up failed as well; {look}")


def _published_again(attempt: Attempt) -> str:
    """What must be said of its routes."""
    try:
        files.publish(attempt.stack, attempt.previous, attempt.name)
    except OSError as error:
        return f", but its routes could not be written ({reason(error)}); deploy again"
    return ""


def _take_down(attempt: Attempt) -> bool:
    """A first release: nothing ran before it."""
    try:
        containers.down(attempt.job)
        files.publish(attempt.stack, "", attempt.name)
        files.taken_away(attempt.stack)
        attempt.stack.remove(attempt.name)
    except WRONG as error:
        why = f"it never got healthy, and could not be taken down: {reason(error)}"
        attempt.say(f"FAILED at {attempt.at}: {why}")
        return attempt.note("failed, stays", good=False)
    gone = "it never got healthy; there is no previous release, so it was taken down and its volumes kept"
    attempt.say(f"REFUSED at {attempt.at}: {gone}")
    return attempt.note("taken down", good=False)
