"""An app's containers: checked, run, told what to do, and taken down."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress

from onhost import engine, surroundings
from onhost.orders import Exec
from onhost.programs import TIMED_OUT, StepError, end_marked
from onhost.work import Job

CHECKER = "org.guildhall.check"
"""Label of a container that only looks at a configuration."""
UNFIT = ("paused", "dead", "removing", "restarting")
"""States that `up` leaves as they are."""


def checked(job: Job, release: str) -> None:
    """The programs' own checkers accept the staged files."""
    folder = job.stack.releases / release
    for check in job.order.checks:
        mounts = [f"--volume={folder}/{source}:{target}:ro" for source, target in check.mounts.items()]
        words = (
            *("run", "--rm", "--network=none", f"--label={CHECKER}={job.app}", *mounts),
            *(f"--user={check.user}", f"--entrypoint={check.entrypoint}", check.image, *check.arguments),
        )
        what = "its own checker does not accept its configuration"
        try:
            job.host.programs.docker(*words, limit=job.limit("check"), what=what)
        except StepError:
            checkers_removed()  # to end the client that asked for it does not end a container
            raise


def checkers_removed() -> None:
    """Those of a checker that hung, or of a run that was killed."""
    for each in engine.labelled(CHECKER):
        _remove(each["Id"])


def one_shot_done(job: Job, one_shot: str) -> None:
    """A service that ends when its work is done. One that an earlier run left at work is waited for."""
    until = time.monotonic() + job.limit("one-shot")
    while any(each.one_off and each.state == "running" for each in engine.containers(job.app)):
        if time.monotonic() > until:
            break
        time.sleep(1)
    left = max(1, until - time.monotonic())
    try:
        job.compose("run", "--rm", "--no-TTY", one_shot, limit=left, what=f"{one_shot} failed")
    finally:
        _removed(each for each in engine.containers(job.app) if each.one_off)


def unfit_removed(job: Job) -> None:
    """Compose leaves a sick container alone as long as its definition is the same; it is made anew."""
    _removed(
        each
        for each in engine.containers(job.app)
        if each.health == "unhealthy"
        or each.state in UNFIT
        or each.is_misnamed
        or (each.one_off and each.state != "running")
    )


def ended(job: Job) -> None:
    """Services that must start anew and that Compose would leave as they are."""
    if job.order.anew:
        words = ("rm", "--stop", "--force", *job.order.anew)
        job.compose(*words, limit=job.limit("down"), what="it cannot be stopped")


def networks_named(job: Job) -> None:
    """Networks under an older name are made anew; until its services run again, the app is away."""
    if surroundings.unnamed(job):
        job.voice.say("its networks get the names that the firewall knows; its services are started anew")
        down(job)
        surroundings.network_removed(job)
        surroundings.network_made(job)


def up(job: Job, *, wait: bool = True) -> None:
    """The app's services run; with `wait`, all of them are healthy."""
    unfit_removed(job)
    if job.order.is_edge:
        # One that is made anew joins before it starts: nobody sees it with less than all.
        words: tuple[str, ...] = ("create", "--no-build", "--remove-orphans")
        job.compose(*words, limit=job.limit("up"), what="it cannot be made")
        surroundings.edge_joined(job)
    patience = ("--wait", "--wait-timeout", str(job.order.ready)) if wait else ()
    words = ("up", "--detach", *patience, "--remove-orphans", "--no-build", "--quiet-pull")
    job.compose(*words, limit=job.order.ready + job.limit("up"), what="it does not get healthy")


def told(job: Job) -> None:
    """What the record has done in the running app."""
    for each in job.order.after_up:
        _told(job, each)


def _told(job: Job, step: Exec) -> None:
    """Tried until it succeeds, or ends with 2, by which it says that there is no use."""
    until = time.monotonic() + step.seconds
    mark = f"GUILDHALL_STEP={os.urandom(8).hex()}"
    failure = StepError(f"in {step.service}: it did not end within {step.seconds} s")
    while (left := until - time.monotonic()) > 0:
        try:
            container = running(job.app, step.service)
            words = ("exec", f"--env={mark}", container, *step.command)
            job.host.programs.docker(*words, limit=left, what=f"in {step.service}")
            return
        except engine.EngineError as error:
            failure = StepError(f"in {step.service}: {error}")  # it may be about to start anew
        except StepError as error:
            failure = error if error.code != TIMED_OUT or not failure.output else failure
            if error.code == TIMED_OUT:
                end_marked(mark)
            if error.code in (2, TIMED_OUT):
                break
        time.sleep(min(5, left))
    raise failure


def running(app: str, service: str) -> str:
    """The container of a service; StepError if there is none."""
    for each in engine.containers(app):
        if each.service == service and each.state == "running" and not each.one_off:
            return each.id
    raise StepError(f"in {service}: it does not run")


def down(job: Job) -> None:
    """Stops and removes all of the app but its volumes; Compose finds them by their labels."""
    words = ("compose", "--project-name", job.app, "--progress", "quiet", "down", "--remove-orphans")
    job.host.programs.docker(*words, limit=job.limit("down"), what="it could not be stopped")
    _removed(engine.containers(job.app))


def explain(job: Job) -> None:
    """Says of each service that does not serve what it is like and what it said last."""
    for each in engine.containers(job.app):
        if each.one_off or (each.state, each.health) == ("running", "healthy"):
            continue
        found = f"{each.state}, {each.health}" if each.health else each.state
        job.voice.say(f"service {each.service} is {found}; its last lines:")
        words = ("logs", "--tail", "12", each.id)
        said = job.host.programs.docker(*words, limit=job.limit("tell"), what="its log cannot be read")
        job.voice.show(said)
        state = engine.ask("GET", f"/containers/{each.id}/json")["State"]
        checks = (state.get("Health") or {}).get("Log") or []
        job.voice.show("\n".join(str(check.get("Output", "")) for check in checks[-3:]))


def _removed(those: Iterable[engine.Container]) -> None:
    for each in those:
        _remove(each.id)


def _remove(container: str) -> None:
    with suppress(engine.NotFoundError):  # gone already is as good
        engine.ask("DELETE", f"/containers/{container}?force=1")
