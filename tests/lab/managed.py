"""The lab's managed services, asked by who runs them and not by the project: PostgreSQL, S3, mail."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from lab import layout, services
from tasks.clients import IamApi, client, connect
from tasks.secrets import ScalewayStore


@contextmanager
def held(name: str, kind: int) -> Iterator[None]:
    """A lock among the processes that run tests; the kernel drops those of a killed one."""
    layout.DIR.mkdir(exist_ok=True)
    with (layout.DIR / name).open("w") as file:
        fcntl.flock(file, kind)
        yield


@contextmanager
def stopped(service: str) -> Iterator[None]:
    """A service that does not run; tests that ask for `services_run` wait meanwhile."""
    with held("services", fcntl.LOCK_EX):
        services.stop(service)
        try:
            yield
        finally:
            services.start(service)


def as_superuser(statement: str, database: str = "postgres") -> str:
    """What psql prints on the managed PostgreSQL itself."""
    command = ["runuser", "-u", "postgres", "--", "psql", "-At", "-c", statement, database]
    return services.run("postgres", *command).strip()


def s3(secret_key: str = layout.S3_SECRET_KEY) -> Any:
    """A client of the object storage; with the right key it may do everything there."""
    return connect(layout.S3_ACCESS_KEY, secret_key, layout.S3_ENDPOINT, layout.REGION)


def stored(bundle: str) -> dict[str, str]:
    """What the lab's secret store has of an app."""
    return ScalewayStore("lab").read(bundle) or {}


def s3_of(app: str) -> Any:
    """A client of the object storage with the key of an app."""
    keys = stored(app)
    return connect(keys["S3_ACCESS_KEY"], keys["S3_SECRET_KEY"], layout.S3_ENDPOINT, layout.REGION)


def forget_application(app: str) -> None:
    """Removes what the provider's IAM has for an app, its keys included."""
    iam = IamApi(client(), 10)
    for each in iam.list_applications_all(name=f"guildhall lab {app}"):
        iam.delete_application(application_id=each.id)


def delete_bucket(client: Any, name: str) -> None:
    """Removes a bucket with all versions of what is in it; nothing is done where there is none."""
    if name not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
        return
    for version in client.list_object_versions(Bucket=name).get("Versions", []):
        client.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    client.delete_bucket(Bucket=name)


def mails() -> list[dict[str, str]]:
    """All that were sent: their headers, their `body`, and who asked for it as `X-MailFrom`."""
    found: list[dict[str, str]] = requests.get(layout.MAILS_LOCAL, timeout=5).json()
    return found


def outside() -> dict[str, Any]:
    """The `alerts` that were posted, how many `calls` came, and the `silent_seconds` since."""
    found: dict[str, Any] = requests.get(layout.OUTSIDE_LOCAL, timeout=5, verify=str(layout.CA_PEM)).json()
    return found
