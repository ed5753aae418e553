"""Secret Manager v1beta1 of the Scaleway API stand-in: the statuses, limits and errors of the real one."""

import base64
import binascii
import json
import re
import uuid
import zlib
from collections.abc import Callable
from typing import Any, ClassVar

from .scaleway_common import ApiError, Json, forbidden, invalid, not_found, now, page

MAX_DATA = 64 * 1024  # bytes of one version, decoded
NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")
PATH = re.compile(r"/|(/[A-Za-z0-9._-]{1,255})+/?")
TYPES = ("opaque", "certificate", "key_value", "basic_credentials", "database_credentials", "ssh_key")
PRIVATE = {"data", "data_crc32", "versions"}  # never in an answer about the secret or the version itself


class SecretManager:
    """Secrets and their versions, kept in `state["secrets"]` by id; a version carries its base64 data."""

    def __init__(self, state: Json, project: str, region: str) -> None:
        self.secrets: dict[str, Json] = state.setdefault("secrets", {})
        self.project, self.region = project, region

    def _secret(self, secret_id: str) -> Json:
        if secret_id not in self.secrets:
            raise not_found("secret", secret_id)
        return self.secrets[secret_id]

    def _version(self, secret: Json, revision: str) -> Json:
        versions: list[Json] = secret["versions"]
        if revision == "latest_enabled":
            versions = [version for version in versions if version["status"] == "enabled"]
        elif revision != "latest":
            versions = [version for version in versions if str(version["revision"]) == revision]
        if not versions:
            raise not_found("secret_version", f"{secret['id']}/{revision}")
        return versions[-1]

    def _check_project(self, project: str, action: str) -> None:
        if project != self.project:
            raise forbidden(action, "secret")

    def _free(self, name: str, path: str) -> None:
        if not NAME.fullmatch(name):
            raise invalid("name", "format", "1 to 255 characters of A-Z a-z 0-9 . _ -")
        if not PATH.fullmatch(path):
            raise invalid("path", "format", "starts with /, segments of A-Z a-z 0-9 . _ -")
        if any(secret["name"] == name and secret["path"] == path for secret in self.secrets.values()):
            raise invalid("name", "format", "cannot have same secret name in same path")

    def create(self, _query: Json, body: Json) -> Json:
        self._check_project(body.get("project_id", ""), "write")
        name, path = body.get("name", ""), (body.get("path") or "/").rstrip("/") or "/"
        self._free(name, path)
        if body.get("type", "opaque") not in TYPES:
            raise invalid("type", "constraint", f"one of {', '.join(TYPES)}")
        secret = {
            "id": str(uuid.uuid4()), "name": name, "path": path, "type": body.get("type", "opaque"),
            "project_id": self.project, "region": self.region, "status": "ready", "managed": False,
            "protected": body.get("protected", False), "tags": body.get("tags") or [], "used_by": [],
            "description": body.get("description"), "created_at": now(), "updated_at": now(), "versions": [],
        }  # fmt: skip
        self.secrets[secret["id"]] = secret
        return shown(secret)

    def search(self, query: Json, _body: Json) -> Json:
        """Filter like the real API: `path` and `type` exactly, but any name that contains `name`."""
        self._check_project(query.get("project_id", self.project), "list")
        wanted = {key: query[key] for key in ("path", "type") if key in query}
        found = [
            shown(secret)
            for secret in self.secrets.values()
            if query.get("name", "") in secret["name"]
            and all(secret[key] == value for key, value in wanted.items())
            and query.get("scheduled_for_deletion", "False").lower() != "true"
        ]
        return page("secrets", found, query)

    def get(self, _query: Json, _body: Json, secret_id: str) -> Json:
        return shown(self._secret(secret_id))

    def delete(self, _query: Json, _body: Json, secret_id: str) -> None:
        if self._secret(secret_id)["protected"]:
            raise ApiError(
                412, "precondition_failed", "precondition is not respected", precondition="protected"
            )
        del self.secrets[secret_id]

    def add_version(self, _query: Json, body: Json, secret_id: str) -> Json:
        secret = self._secret(secret_id)
        check_data(secret["type"], body)
        for old in secret["versions"]:
            old["latest"] = False
        if body.get("disable_previous") and secret["versions"]:
            secret["versions"][-1]["status"] = "disabled"
        version = {
            "revision": len(secret["versions"]) + 1, "secret_id": secret_id,
            "status": "enabled", "latest": True,
            "created_at": now(), "updated_at": now(), "description": body.get("description"),
            "region": self.region, "data": body["data"], "data_crc32": body.get("data_crc32"),
        }  # fmt: skip
        secret["versions"].append(version)
        return shown(version)

    def versions(self, query: Json, _body: Json, secret_id: str) -> Json:
        return page("versions", [shown(version) for version in self._secret(secret_id)["versions"]], query)

    def version(self, _query: Json, _body: Json, secret_id: str, revision: str) -> Json:
        return shown(self._version(self._secret(secret_id), revision))

    def access(self, _query: Json, _body: Json, secret_id: str, revision: str) -> Json:
        secret = self._secret(secret_id)
        version = self._version(secret, revision)
        if version["status"] != "enabled":
            raise ApiError(
                412, "precondition_failed", "precondition is not respected", precondition="enabled"
            )
        return {key: version[key] for key in ("secret_id", "revision", "data", "data_crc32")} | {
            "type": secret["type"]
        }

    def access_by_path(self, query: Json, body: Json, revision: str) -> Json:
        self._check_project(query.get("project_id", ""), "read")
        name, path = query.get("secret_name", ""), query.get("secret_path", "/")
        for secret in self.secrets.values():
            if (secret["name"], secret["path"]) == (name, path.rstrip("/") or "/"):
                return self.access(query, body, secret["id"], revision)
        raise not_found("secret", name)

    def enable(self, _query: Json, _body: Json, secret_id: str, revision: str) -> Json:
        return self._set_status(secret_id, revision, "enabled")

    def disable(self, _query: Json, _body: Json, secret_id: str, revision: str) -> Json:
        return self._set_status(secret_id, revision, "disabled")

    def _set_status(self, secret_id: str, revision: str, status: str) -> Json:
        version = self._version(self._secret(secret_id), revision)
        version.update(status=status, updated_at=now())
        return shown(version)

    BASE = "/secret-manager/v1beta1/regions/<region>"
    ROUTES: ClassVar[dict[tuple[str, str], Callable[..., Json | None]]] = {
        ("POST", f"{BASE}/secrets"): create,
        ("GET", f"{BASE}/secrets"): search,
        ("GET", f"{BASE}/secrets/<secret_id>"): get,
        ("DELETE", f"{BASE}/secrets/<secret_id>"): delete,
        ("POST", f"{BASE}/secrets/<secret_id>/versions"): add_version,
        ("GET", f"{BASE}/secrets/<secret_id>/versions"): versions,
        ("GET", f"{BASE}/secrets/<secret_id>/versions/<revision>"): version,
        ("GET", f"{BASE}/secrets/<secret_id>/versions/<revision>/access"): access,
        ("POST", f"{BASE}/secrets/<secret_id>/versions/<revision>/enable"): enable,
        ("POST", f"{BASE}/secrets/<secret_id>/versions/<revision>/disable"): disable,
        ("GET", f"{BASE}/secrets-by-path/versions/<revision>/access"): access_by_path,
    }


def shown(record: Json) -> Json:
    """What the API says of a secret or a version: all but the data itself."""
    count = {"version_count": len(record["versions"])} if "versions" in record else {}
    return {key: value for key, value in record.items() if key not in PRIVATE} | count


def check_data(kind: str, body: Json) -> None:
    """Refuse data that is not base64, too long, of another CRC32 than the one sent, or not of the type."""
    try:
        data = base64.b64decode(body.get("data", ""), validate=True)
    except (binascii.Error, ValueError):
        raise invalid("data", "format", "must be base64") from None
    if not 0 < len(data) <= MAX_DATA:
        raise invalid("data", "constraint", f"1 to {MAX_DATA} bytes")
    if body.get("data_crc32") not in (None, zlib.crc32(data)):
        raise invalid("data_crc32", "constraint", "does not match the data")
    if kind == "key_value" and not is_flat(data):
        raise invalid("data", "format", "a flat JSON object of strings, numbers and booleans")


def is_flat(data: bytes) -> bool:
    try:
        value: Any = json.loads(data)
    except ValueError:
        return False
    return isinstance(value, dict) and all(
        isinstance(item, str | int | float | bool) for item in value.values()
    )
