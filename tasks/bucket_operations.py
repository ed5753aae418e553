"""The buckets of a host's apps, made from the control side: the store is reached with its own keys."""

from collections.abc import Generator, Iterable
from typing import Any

from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, OperationError, State, deploy, operation

from catalogue import views
from catalogue.model import App
from tasks import desired, object_storage
from tasks.buckets import Bucket, apply, bucket, differences


@deploy("Buckets")
def buckets(apps: Iterable[App]) -> None:
    """Every app of this host that asks for a bucket has one: private, versioned, cleaned up."""
    here = {release.app.name for release in desired.current().releases[host.name]}
    names = tuple(app.name for app in views.present(apps) if app.bucket and app.name in here)
    private_and_versioned(name="buckets: private, versioned, cleaned up", names=names)


@operation()
def private_and_versioned(names: tuple[str, ...]) -> Generator[FunctionCommand, None, None]:
    """Puts right only what is not, bucket by bucket; OperationError if the store cannot be asked."""
    want = desired.current()
    for app in (app for app in want.apps if app.name in names):
        wanted = bucket(app, want.site)
        assert wanted, "only apps with a bucket are named"  # noqa: S101 - for the type checker
        client = _client(app)
        try:
            wrong = differences(wanted, client)
        except ValueError as error:
            raise OperationError(f"{app.name}: {error}") from None
        if wrong:
            host.log(f"{app.name}: bucket {wanted.name}: {', '.join(wrong)}", logger.info)
            yield FunctionCommand(_apply, (wanted, client), {})


def _client(app: App) -> Any:
    want = desired.current()
    keys = want.secrets[app.name]
    return object_storage.connect(
        keys["S3_ACCESS_KEY"], keys["S3_SECRET_KEY"], want.site.s3_endpoint, want.site.s3_region
    )


def _apply(state: State, host: Host, wanted: Bucket, client: Any) -> bool:
    try:
        apply(wanted, client)
    except ValueError as error:
        host.log(str(error), logger.error)
        return False
    return True
