"""An app's containers, volumes and networks: each part compares what is wanted with what is found."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from onhost import engine
from onhost.programs import StepError
from onhost.work import Job

CHECKER = "org.guildhall.check"
"""Label of a container that only looks at a configuration."""
EDGE_NETWORK = "org.guildhall.edge"
UNFIT = ("paused", "dead", "removing", "restarting")
"""States that `up` leaves as they are."""


def pulled(job: Job) -> None:
    """A registry's hiccup is no reason to refuse a release: each image gets three tries."""
    until = time.monotonic() + job.limit("pull")
    for image in job.order.images:
        for pause in (2, 4, 0):
            if engine.is_there(f"/images/{image}/json"):
                break
            try:
                left = max(1, until - time.monotonic())
                job.host.programs.docker(
                    "pull", "--quiet", image, limit=left, what="an image cannot be pulled"
                )
            except StepError as failure:
                if not pause or failure.code == 124:
                    raise
                time.sleep(pause)


def checked(job: Job, release: str) -> None:
    """The programs' own checkers accept the staged files."""
    folder = job.stack.releases / release
    for check in job.order.checks:
        mounts = [f"--volume={folder}/{source}:{target}:ro" for source, target in check.mounts.items()]
        job.host.programs.docker(
            *("run", "--rm", "--network=none", f"--label={CHECKER}={job.app}", *mounts),
            *(f"--user={check.user}", f"--entrypoint={check.entrypoint}", check.image, *check.arguments),
            limit=job.limit("check"),
            what="its own checker does not accept its configuration",
        )


def checkers_removed() -> None:
    """Those of a checker that hung, or of a run that was killed."""
    for each in engine.labelled(CHECKER):
        _remove(each["Id"])


def volumes_made(job: Job) -> None:
    """A new volume belongs to who writes there; one with data keeps the owner that it has."""
    for name, owner in (job.order.volumes or {}).items():
        made = engine.is_there(f"/volumes/{name}")
        if not made:
            body = {"Name": name, "Labels": {"org.guildhall.app": job.app}}
            made = engine.ask("POST", "/volumes/create", body)
        place, (user, group) = Path(made["Mountpoint"]), map(int, owner.split(":"))
        found = place.stat()
        if (found.st_uid, found.st_gid) != (user, group) and not any(place.iterdir()):
            os.chown(place, user, group)


def network_made(job: Job) -> None:
    """An app and the edge have a network of their own, so that no app reaches another past the login.

    The edge joins it at run time: neither a new app nor a retired one restarts it.
    """
    name = job.order.network
    if not name:
        return
    if not engine.is_there(f"/networks/{name}"):
        body = {"Name": name, "Driver": "bridge", "Labels": {EDGE_NETWORK: job.app}}
        engine.ask("POST", "/networks/create", body)
    if not job.order.is_edge:
        _join(job, [name])


def edge_joined(job: Job) -> None:
    """The edge is in the network of every app that it serves."""
    networks = [each for each in engine.ask("GET", "/networks") if each["Name"].startswith(f"{job.app}_to_")]
    ours = [
        each for each in networks if any(label.startswith("org.guildhall.") for label in each["Labels"] or ())
    ]
    _join(job, [each["Name"] for each in ours])


def _join(job: Job, networks: Iterable[str]) -> None:
    app, service = job.order.edge
    for edge in engine.containers(app):
        if edge.service == service and not edge.one_off:
            for network in sorted(set(networks) - set(edge.networks)):
                engine.ask("POST", f"/networks/{network}/connect", {"Container": edge.id})


def network_removed(job: Job) -> None:
    name = job.order.network
    if not name or not engine.is_there(f"/networks/{name}"):
        return
    for edge in engine.containers(job.order.edge[0]):
        if name in edge.networks:
            engine.ask("POST", f"/networks/{name}/disconnect", {"Container": edge.id, "Force": True})
    engine.ask("DELETE", f"/networks/{name}")


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


def up(job: Job, *, wait: bool = True) -> None:
    """The app's services run; with `wait`, all of them are healthy."""
    unfit_removed(job)
    if job.order.is_edge:
        # One that is made anew joins before it starts: nobody sees it with less than all.
        job.compose(
            "create", "--no-build", "--remove-orphans", limit=job.limit("up"), what="it cannot be made"
        )
        edge_joined(job)
    patience = ("--wait", "--wait-timeout", str(job.order.ready)) if wait else ()
    words = ("up", "--detach", *patience, "--remove-orphans", "--no-build", "--quiet-pull")
    job.compose(*words, limit=job.order.ready + job.limit("up"), what="it does not get healthy")


def told(job: Job) -> None:
    """What the record has done in the running app: each is tried until it succeeds.

    One that ends with 2 says by it that there is no use.
    """
    for each in job.order.after_up:
        until = time.monotonic() + each.seconds
        failure = StepError(f"in {each.service}: it did not end within {each.seconds} s")
        while (left := until - time.monotonic()) > 0:
            try:
                container = _running(job.app, each.service)
                job.host.programs.docker(
                    "exec", container, *each.command, limit=left, what=f"in {each.service}"
                )
            except StepError as error:
                failure = error if error.code != 124 or not failure.output else failure
                if error.code in (2, 124):
                    raise failure from None
                time.sleep(min(5, left))
            else:
                break
        else:
            raise failure


def _running(app: str, service: str) -> str:
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
        job.voice.show(
            job.host.programs.docker(*words, limit=job.limit("tell"), what="its log cannot be read")
        )
        health = (engine.ask("GET", f"/containers/{each.id}/json")["State"].get("Health") or {}).get(
            "Log"
        ) or []
        job.voice.show("\n".join(str(entry.get("Output", "")) for entry in health[-3:]))


def _removed(those: Iterable[engine.Container]) -> None:
    for each in those:
        _remove(each.id)


def _remove(container: str) -> None:
    with suppress(engine.NotFoundError):  # gone already is as good
        engine.ask("DELETE", f"/containers/{container}?force=1")
