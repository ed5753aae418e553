"""What an app's containers need around them. Each part compares what is wanted with what is found."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from onhost import engine
from onhost.programs import TIMED_OUT, StepError
from onhost.work import Job

EDGE_NETWORK = "org.guildhall.edge"
BRIDGE_NAME = "com.docker.network.bridge.name"


def pulled(job: Job) -> None:
    """A registry's hiccup is no reason to refuse a release: each image gets three tries.

    Compose would start a service from whatever has the tag of its image: where any app's image lost it, those
    of this one are pulled anew, since its own containers may be gone.
    """
    until = time.monotonic() + job.limit("pull")
    anew = any(each.untagged and each.digest for each in engine.containers())
    for image in job.order.images:
        for pause in (2, 4, 0):
            if not anew and engine.is_there(f"/images/{image}/json"):
                break
            try:
                left = max(1, until - time.monotonic())
                job.host.programs.docker(
                    "pull", "--quiet", image, limit=left, what="an image cannot be pulled"
                )
                break
            except StepError as failure:
                if not pause or failure.code == TIMED_OUT:
                    raise
                time.sleep(pause)


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
        body = {
            "Name": name,
            "Driver": "bridge",
            "Labels": {EDGE_NETWORK: job.app},
            "Options": {BRIDGE_NAME: bridge} if (bridge := (job.order.bridges or {}).get(name)) else {},
        }
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


def unnamed(job: Job) -> bool:
    """Whether a network of the app is from before its interface had the name that the firewall knows."""
    wanted = (job.order.bridges or {}).items()
    found = [(engine.is_there(f"/networks/{name}"), bridge) for name, bridge in wanted]
    return any(each and (each.get("Options") or {}).get(BRIDGE_NAME) != bridge for each, bridge in found)


def network_removed(job: Job) -> None:
    name = job.order.network
    if not name or not engine.is_there(f"/networks/{name}"):
        return
    for edge in engine.containers(job.order.edge[0]):
        if name in edge.networks:
            engine.ask("POST", f"/networks/{name}/disconnect", {"Container": edge.id, "Force": True})
    engine.ask("DELETE", f"/networks/{name}")
