"""Secrets in Scaleway Secret Manager: one key_value secret a bundle, below `/guildhall/<environment>`."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

from scaleway import ScalewayException
from scaleway.secret.v1beta1 import SecretType

from tasks.clients import TIMEOUT_SECONDS, SecretApi, client

T = TypeVar("T")


class ScalewayStore:
    """A project's secrets of one environment; credentials, project and region come from SCW_* variables."""

    def __init__(self, environment: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self.path = f"/guildhall/{environment}"
        self.place = f"Scaleway Secret Manager {self.path}"
        self._api = SecretApi(client(), timeout)
        region, project = self._api.client.default_region, self._api.client.default_project_id
        self.doubt = f"SCW_DEFAULT_REGION={region} and SCW_DEFAULT_PROJECT_ID={project} name another place"
        self._lock, self._reads = Lock(), dict[str, Future[dict[str, str] | None]]()

    def names(self) -> list[str]:
        return sorted(self._ids())

    def read(self, bundle: str) -> dict[str, str] | None:
        with self._lock:
            first = bundle not in self._reads
            future = self._reads.setdefault(bundle, Future())
        if first:
            # Hosts are prepared at once: whoever asks later waits for this answer instead of asking again.
            _settle(future, lambda: self._access(bundle))
        return future.result()

    def write(self, bundle: str, values: Mapping[str, str], *, replace: bool = False) -> None:
        old = self._access(bundle) or {}
        wanted = {**old, **values} if replace else {**values, **old}
        if wanted != old:
            data = json.dumps(wanted, ensure_ascii=False).encode()
            self._explained(f"write {bundle}", lambda: self._add_version(bundle, data))
        self._reads.pop(bundle, None)

    def _access(self, bundle: str) -> dict[str, str] | None:
        return self._explained(f"read {bundle}", lambda: self._latest(bundle))

    def _latest(self, bundle: str) -> dict[str, str] | None:
        try:
            answer = self._api.access_secret_version_by_path(
                secret_path=self.path, secret_name=bundle, revision="latest_enabled"
            )
        except ScalewayException as error:
            if error.status_code == 404:
                return None
            raise
        return _decoded(answer)

    def _ids(self) -> dict[str, str]:
        project = self._api.client.default_project_id
        secrets = self._explained(
            "list",
            lambda: self._api.list_secrets_all(
                scheduled_for_deletion=False, project_id=project, path=self.path, page_size=100
            ),
        )
        return {secret.name: secret.id for secret in secrets}

    def _add_version(self, bundle: str, data: bytes) -> None:
        self._api.create_secret_version(
            secret_id=self._ensured(bundle),
            data=base64.b64encode(data).decode(),
            data_crc32=zlib.crc32(data),
            disable_previous=True,
        )

    def _ensured(self, bundle: str) -> str:
        """The id of the bundle's secret, which is made if there is none."""
        try:
            kind = SecretType.KEY_VALUE
            return str(self._api.create_secret(name=bundle, path=self.path, type_=kind, protected=False).id)
        except ScalewayException:
            # It exists, or a first try made it and its answer was lost.
            found = self._ids().get(bundle)
            if found is None:
                raise
            return found

    def _explained(self, what: str, call: Callable[[], T]) -> T:
        """The call's result; its failures as a ValueError that shows neither token nor content."""
        what = f"{self.place}: cannot {what}"
        try:
            return self._api.explained(what, call)
        except DamagedError as error:
            reason = str(error)
        raise ValueError(f"{what}: {reason}")


class DamagedError(Exception):
    """A secret that arrived and cannot be used, in words that do not show it."""


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # whatever it is, nobody may wait for ever
        future.set_exception(error)


def _decoded(answer: Any) -> dict[str, str]:
    """The values of a version; a CRC32 is there only if its writer sent one."""
    try:
        data = base64.b64decode(answer.data or "", validate=True)
        if answer.data_crc32 and answer.data_crc32 != zlib.crc32(data):
            raise DamagedError(
                "its checksum is wrong; run it again, then look at its versions in the console"
            )
        values = json.loads(data)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise DamagedError("it is not a JSON object of names and values; store it as a key_value secret")
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
