"""The buckets of a host's apps, made from the control side: the store is reached with its own keys."""

from collections.abc import Generator, Iterable, Mapping
from threading import Lock
from typing import Any, Final

from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, deploy, operation

from catalogue import views
from catalogue.model import App
from tasks import desired, object_storage
from tasks.buckets import Bucket, apply, bucket, differences

ONE_AT_A_TIME: Final = Lock()
"""Hosts work at the same time, and an app of several hosts has one bucket: the second finds it made."""

_problems: dict[str, dict[str, str]] = {}


def problems(host_name: str) -> Mapping[str, str]:
    """App name to one line: the apps of a host whose bucket could not be asked or made in this run."""
    return _problems.get(host_name, {})


@deploy("Buckets")
def buckets(apps: Iterable[App]) -> None:
    """Every app of this host that asks for a bucket has one: private, versioned, cleaned up.

    A failure never stops the host: `problems()` names the apps, with the reason.
    """
    here = {release.app.name for release in desired.current().releases[host.name]}
    names = tuple(app.name for app in views.present(apps) if app.bucket and app.name in here)
    private_and_versioned(name="buckets: private, versioned, cleaned up", names=names, _ignore_errors=True)


@operation()
def private_and_versioned(names: tuple[str, ...]) -> Generator[FunctionCommand, None, None]:
    """Puts right only what is not, bucket by bucket; what cannot be asked is said and noted."""
    want = desired.current()
    noted = _problems[host.name] = {}
    wrong = []
    for app in (app for app in want.apps if app.name in names):
        wanted = bucket(app, want.site)
        assert wanted, "only apps with a bucket are named"  # noqa: S101 - for the type checker
        client = _client()
        try:
            reasons = differences(wanted, client)
        except ValueError as error:
            _note(noted, app, error)
            continue
        if reasons:
            host.log(f"{app.name}: bucket {wanted.name}: {', '.join(reasons)}", logger.info)
            wrong.append((app, wanted, client))
    if wrong:
        yield FunctionCommand(_apply, (noted, wrong), {})


def _note(noted: dict[str, str], app: App, error: ValueError) -> None:
    noted[app.name] = str(error)
    host.log(f"{app.name}: {error}", logger.error)


def _client() -> Any:
    want = desired.current()
    keys = want.secrets["buckets"]
    return object_storage.connect(
        keys["S3_ACCESS_KEY"], keys["S3_SECRET_KEY"], want.site.s3_endpoint, want.site.s3_region
    )


def _apply(state: State, host: Host, noted: dict[str, str], wrong: Iterable[tuple[App, Bucket, Any]]) -> bool:
    for app, wanted, client in wrong:
        try:
            with ONE_AT_A_TIME:
                apply(wanted, client)
        except ValueError as error:
            _note(noted, app, error)
    return not noted
