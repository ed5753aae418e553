"""What lies outside of the servers: tags that no registry has, and public names."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from catalogue.model import App, Site
from tasks import dns, images
from tasks.plan.model import Plan

TIMEOUT_SECONDS: Final = 5.0
"""A plan does not wait long for a registry: of one that does not answer it says nothing."""


def has_not(references: Collection[str]) -> Collection[str]:
    """Which of these images no registry has; MIRROR_ENDPOINT and MIRROR_CA_BUNDLE say how one is reached."""
    registries = images.Registries(
        timeout=TIMEOUT_SECONDS,
        mirror=os.environ.get("MIRROR_ENDPOINT", ""),
        ca_bundle=os.environ.get("MIRROR_CA_BUNDLE", ""),
    )
    return images.missing(references, registries.digest) if references else ()


def with_missing(plan: Plan, has_not: Callable[[Collection[str]], Collection[str]]) -> Plan:
    """The plan, with what no host can pull; each image is asked for once."""
    gone = has_not(sorted({each for host in plan.hosts for app in host.apps for each in app.pulls}))
    hosts = (
        replace(
            host,
            apps=tuple(
                replace(app, missing=tuple(each for each in app.pulls if each in gone)) for app in host.apps
            ),
        )
        for host in plan.hosts
    )
    return replace(plan, hosts=tuple(hosts))


def names(apps: Sequence[App], site: Site, zones: Callable[[], dns.Zones]) -> Iterator[str]:
    """What public names lack; nothing without the provider's key, since they may lie elsewhere."""
    if not os.environ.get("SCW_ACCESS_KEY"):
        return
    try:
        for each in dns.plans(apps, site, zones()):
            yield from dns.due(each)
    except ValueError as error:
        yield f"not looked at: {error}"
