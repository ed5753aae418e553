"""The buckets of a host's apps, made from the control side: the store is reached with its own keys."""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, Final

from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, deploy, operation

from catalogue import views
from catalogue.model import App, Site
from tasks.buckets.aspects import WantedBucket, apply, differences, wanted_bucket
from tasks.buckets.policy import policy
from tasks.clients import BucketReader, connect
from tasks.secrets import Sensitive

AT_ONCE: Final = 8
SECONDS: Final = 10
"""A store does not stand still: what is older than this is asked anew."""
Looked = tuple[WantedBucket, list[str]] | ValueError
"""A bucket as it should be and what is wrong with it, or why that is not known."""
_ASKED: Final[dict[str, tuple[float, Future[Looked]]]] = {}
"""App: since when its bucket is asked about, and what will be known."""
ONE_AT_A_TIME: Final = Lock()
"""Hosts work at the same time, and an app of several hosts has one bucket: the second finds it made."""


@deploy("Buckets")
def buckets(apps: Sequence[App], site: Site, keys: Mapping[str, Sensitive], problems: dict[str, str]) -> None:
    """Each of these apps has the bucket that its record asks for: private, versioned, cleaned up.

    A failure never stops the host: it is noted in `problems`, by app.
    """
    private_and_versioned(
        name="buckets: private, versioned, cleaned up",
        apps=apps,
        site=site,
        keys=keys,
        problems=problems,
        _ignore_errors=True,
    )


def ask(
    apps: Iterable[App], site: Site, keys: Mapping[str, Sensitive]
) -> Mapping[str, tuple[float, Future[Looked]]]:
    """Begins to look at the buckets of these apps, while others are at work; `buckets` takes the answers."""
    apps, asked = list(apps), {}
    if apps:
        reader, pool = _client(BucketReader, keys, site), ThreadPoolExecutor(AT_ONCE)
        asked = {app.name: (time.monotonic(), pool.submit(_looked, app, site, keys, reader)) for app in apps}
        pool.shutdown(wait=False)
        _ASKED.update(asked)
    return asked


@operation()
def private_and_versioned(
    apps: Sequence[App], site: Site, keys: Mapping[str, Sensitive], problems: dict[str, str]
) -> Generator[FunctionCommand, None, None]:
    """Puts right only what is not; all are asked at once, and what cannot be asked is said and noted."""
    problems.clear()
    wrong = []
    # Taken once: other hosts, which share apps with this one, ask anew meanwhile.
    known = {app.name: _ASKED[app.name] for app in apps if _fresh(app)}
    asked = {**known, **ask([app for app in apps if app.name not in known], site, keys)}
    for app in apps:
        found = asked[app.name][1].result()
        if isinstance(found, ValueError):
            _note(problems, app, found)
        elif found[1]:
            wanted, reasons = found
            host.log(f"{app.name}: bucket {wanted.name}: {', '.join(reasons)}", logger.info)
            wrong.append((app, wanted))
    if wrong:
        yield FunctionCommand(_apply, (problems, wrong, partial(_client, connect, keys, site)), {})


def _fresh(app: App) -> bool:
    return app.name in _ASKED and time.monotonic() - _ASKED[app.name][0] < SECONDS


def _looked(app: App, site: Site, keys: Mapping[str, Sensitive], client: Any) -> Looked:
    try:
        wanted = _wanted(app, site, keys)
        return wanted, differences(wanted, client)
    except ValueError as error:
        return error


def _note(problems: dict[str, str], app: App, error: ValueError) -> None:
    problems[app.name] = str(error)
    host.log(f"{app.name}: {error}", logger.error)


def _wanted(app: App, site: Site, keys: Mapping[str, Sensitive]) -> WantedBucket:
    wanted = wanted_bucket(app, site)
    said = {name: value.reveal() for name, value in keys.items() if name.endswith("_PRINCIPAL")}
    operator, own = said.pop(views.PRINCIPAL), said.pop(views.principal(app).name)
    return replace(wanted, policy=policy(wanted.name, own, operator, said.values()))


def _client(make: Callable[..., Any], keys: Mapping[str, Sensitive], site: Site) -> Any:
    access_key, secret_key = keys["S3_ACCESS_KEY"].reveal(), keys["S3_SECRET_KEY"].reveal()
    return make(access_key, secret_key, site.s3_endpoint, site.s3_region)


def _apply(
    state: State,
    host: Host,
    problems: dict[str, str],
    wrong: Iterable[tuple[App, WantedBucket]],
    connected: Callable[[], Any],
) -> bool:
    client = connected()
    for app, _ in wrong:
        _ASKED.pop(app.name, None)  # another host with the same app may have been here
    for app, wanted in wrong:
        try:
            with ONE_AT_A_TIME:
                apply(wanted, client)
        except ValueError as error:
            _note(problems, app, error)
    return not problems
