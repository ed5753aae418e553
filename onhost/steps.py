"""Brings one app to its release, step by step, or retires it.

Before `switch` nothing of the running app is touched. Up to `publish`, what fails is the app, and `undo` says
what becomes of it. From there on the app is healthy, and nothing undoes its release.
"""

from __future__ import annotations

from contextlib import suppress

from onhost import containers, engine, files, needs, surroundings, undo
from onhost.programs import StepError
from onhost.undo import WRONG, Attempt, reason


def deploy(attempt: Attempt) -> bool:
    """Whether the app is at its release, and that is recorded."""
    try:
        _prepare(attempt)
        _switch(attempt)
    except WRONG as error:
        return undo.refuse(attempt, error)
    try:
        _take_over(attempt)
    except WRONG as error:
        return undo.undo(attempt, error)
    return _conclude(attempt)


def _prepare(attempt: Attempt) -> None:
    """All that can be done and tried while the app is left alone."""
    job = attempt.job
    attempt.step("stage")
    _stage(attempt)
    attempt.step("needs")
    needs.met(job, new=not attempt.previous)
    attempt.step("pull")
    surroundings.pulled(job)
    attempt.step("check")
    containers.checked(job, attempt.name)
    surroundings.volumes_made(job)
    surroundings.network_made(job)
    files.folders_made(attempt.stack, attempt.name)
    if not attempt.previous:  # a new app's certificate is fetched while it starts
        files.publish(attempt.stack, attempt.name)


def _stage(attempt: Attempt) -> None:
    try:
        files.stored(attempt.stack, attempt.release, attempt.name)
    except OSError as error:
        raise StepError(f"the release could not be stored ({reason(error)})") from None
    files.unblocked(attempt.stack, attempt.name)
    what, limit = "Compose does not accept its file", attempt.job.limit("stage")
    attempt.job.compose("config", "--quiet", what=what, limit=limit, release=attempt.name)


def _switch(attempt: Attempt) -> None:
    """Its files are the new ones; its containers run on as they are."""
    attempt.step("switch")
    attempt.ran = any(each.state == "running" for each in engine.containers(attempt.job.app))
    files.switch(attempt.stack, attempt.name)


def _take_over(attempt: Attempt) -> None:
    """The app runs from its new release, and does what it is told."""
    containers.networks_named(attempt.job)
    for one_shot in attempt.job.order.one_shots:
        attempt.step(one_shot)
        containers.one_shot_done(attempt.job, one_shot)
    attempt.step("up")
    containers.ended(attempt.job)
    containers.up(attempt.job)
    attempt.step("after_up")
    containers.told(attempt.job)


def _conclude(attempt: Attempt) -> bool:
    """The app is healthy, and stays so whatever happens here."""
    revision = attempt.job.order.revision
    try:
        attempt.step("publish")
        files.publish(attempt.stack, attempt.name, attempt.previous, attempt.before)
        attempt.step("record")
        attempt.stack.point("applied", f"releases/{attempt.name}")
        attempt.stack.prune()
    except OSError as error:
        attempt.say(f"FAILED at {attempt.at}: {reason(error)}; {revision} serves, and stays; deploy again")
        return attempt.note("failed, stays", good=False)
    good = attempt.note("deployed")
    attempt.say(f"deployed {revision}" if good else f"{revision} serves, and stays")
    return good


def retire(attempt: Attempt) -> bool:
    """The app is stopped and its files are gone; its volumes stay."""
    attempt.step("retire")
    stack = attempt.stack
    try:
        containers.down(attempt.job)
        surroundings.network_removed(attempt.job)
        files.publish(stack, "", *stack.all())
        files.taken_away(stack)
        for name in stack.all():
            stack.remove(name)
        with suppress(OSError):  # somebody else's files keep it
            stack.releases.rmdir()
    except WRONG as error:
        attempt.show(error)
        attempt.say(f"FAILED: it could not be stopped: {reason(error)}")
        return attempt.note("failed", good=False)
    good = attempt.note("retired")
    attempt.say("retired; its volumes are kept")
    return good
