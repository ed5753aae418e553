"""IAM v1alpha1 of the Scaleway API stand-in: applications, their policies and their API keys.

Keys come from a pool that object storage knows from its start; none is given twice, and its end is a quota.
"""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from .scaleway_common import ApiError, Json, forbidden, invalid, not_found, now, page

BASE = "/iam/v1alpha1"
SETS = frozenset(
    {
        "ObjectStorageFullAccess",
        *(f"ObjectStorageObjects{verb}" for verb in ("Read", "Write", "Delete")),
        *(f"ObjectStorageBuckets{verb}" for verb in ("Read", "Write", "Delete")),
        "TransactionalEmailEmailSmtpCreate",
    }
)
POOL = tuple(
    (f"SCWLABONLY{number:010d}", str(uuid.UUID(int=(0x1AB << 116) + number))) for number in range(128)
)
"""Access and secret keys; worthless outside, and public on purpose."""
NAME, DESCRIPTION, TAGS = 64, 200, 10  # most characters of both, and most tags


class Iam:
    """What the organisation has, kept in `state["iam"]`; its ID is that of its first project."""

    def __init__(self, state: Json, project: str, _region: str) -> None:
        known: dict[str, Any] = state.setdefault(
            "iam", {"applications": {}, "policies": {}, "keys": {}, "used": 0}
        )
        self.known, self.organization, self.project = known, project, project

    def operator(self, access_key: str, application: str) -> None:
        """The key that makes buckets, which nobody has to be given."""
        self.known["applications"].setdefault(application, self._application(application, "operator", [], ""))
        self.known["keys"].setdefault(access_key, self._key(access_key, application, "made by hand"))

    def _application(self, number: str, name: str, tags: list[str], description: str) -> Json:
        return {
            "id": number, "name": name, "description": description, "tags": tags,
            "organization_id": self.organization, "editable": True, "deletable": True, "managed": False,
            "nb_api_keys": 0, "created_at": now(), "updated_at": now(),
        }  # fmt: skip

    def _key(self, access_key: str, application: str, description: str) -> Json:
        return {
            "access_key": access_key, "application_id": application, "description": description,
            "default_project_id": self.project, "editable": True, "deletable": True, "managed": False,
            "creation_ip": "127.0.0.1", "created_at": now(), "updated_at": now(), "expires_at": None,
        }  # fmt: skip

    def _check_organization(self, given: Json, what: str, action: str) -> None:
        if given.get("organization_id") != self.organization:
            raise forbidden(action, what)

    def _found(self, kind: str, number: str, what: str) -> Json:
        if number not in self.known[kind]:
            raise not_found(what, number)
        found: Json = self.known[kind][number]
        return found

    def applications(self, query: Json, _body: Json) -> Json:
        """Any name that contains `name`, as with the real API."""
        self._check_organization(query, "application", "list")
        found = [
            each for each in self.known["applications"].values() if query.get("name", "") in each["name"]
        ]
        return page("applications", [self._counted(each) for each in found], query)

    def _counted(self, application: Json) -> Json:
        keys = [each for each in self.known["keys"].values() if each["application_id"] == application["id"]]
        return {**application, "nb_api_keys": len(keys)}

    def create_application(self, _query: Json, body: Json) -> Json:
        self._check_organization(body, "application", "write")
        check_texts(body)
        made = self._application(str(uuid.uuid4()), body["name"], body.get("tags") or [], body["description"])
        self.known["applications"][made["id"]] = made
        return made

    def delete_application(self, _query: Json, _body: Json, application_id: str) -> None:
        """Its keys go with it."""
        self._found("applications", application_id, "application")
        del self.known["applications"][application_id]
        self.known["keys"] = {
            name: each
            for name, each in self.known["keys"].items()
            if each["application_id"] != application_id
        }

    def policies(self, query: Json, _body: Json) -> Json:
        self._check_organization(query, "policy", "list")
        wanted = query.get("application_ids")
        found = [each for each in self.known["policies"].values() if wanted in (None, each["application_id"])]
        return page("policies", [{key: each[key] for key in each if key != "rules"} for each in found], query)

    def create_policy(self, _query: Json, body: Json) -> Json:
        """For an application, as that is all that is asked for."""
        self._check_organization(body, "policy", "write")
        check_texts(body)
        self._found("applications", body.get("application_id", ""), "application")
        for rule in body.get("rules") or []:
            check_rule(rule, self.project)
        rules = body.get("rules") or []
        made = {
            "id": str(uuid.uuid4()), "name": body["name"], "description": body["description"],
            "organization_id": self.organization, "tags": body.get("tags") or [], "rules": rules,
            "application_id": body["application_id"], "editable": True, "deletable": True, "managed": False,
            "nb_rules": len(rules), "nb_scopes": 1, "created_at": now(), "updated_at": now(),
            "nb_permission_sets": sum(len(each["permission_set_names"]) for each in rules),
        }  # fmt: skip
        self.known["policies"][made["id"]] = made
        return {key: made[key] for key in made if key != "rules"}

    def keys(self, query: Json, _body: Json) -> Json:
        self._check_organization(query, "api_key", "list")
        bearer = query.get("bearer_id") or query.get("application_id")
        found = [each for each in self.known["keys"].values() if bearer in (None, each["application_id"])]
        return page("api_keys", found, query)

    def create_key(self, _query: Json, body: Json) -> Json:
        """The only answer that has the secret key."""
        self._found("applications", body.get("application_id", ""), "application")
        check_texts({"name": "-", **body})
        if body.get("default_project_id", self.project) != self.project:
            raise not_found("project", body["default_project_id"])
        if self.known["used"] >= len(POOL):
            details = [{"resource": "iam_api_keys", "quota": len(POOL), "current": len(POOL)}]
            raise ApiError(403, "quotas_exceeded", "quota(s) exceeded for this resource", details=details)
        access_key, secret_key = POOL[self.known["used"]]
        self.known["used"] += 1
        made = self._key(access_key, body["application_id"], body.get("description", ""))
        self.known["keys"][access_key] = made
        return {**made, "secret_key": secret_key}

    def key(self, _query: Json, _body: Json, access_key: str) -> Json:
        return self._found("keys", access_key, "api_key")

    def delete_key(self, _query: Json, _body: Json, access_key: str) -> None:
        self._found("keys", access_key, "api_key")
        del self.known["keys"][access_key]

    ROUTES: ClassVar[dict[tuple[str, str], Callable[..., Json | None]]] = {
        ("GET", f"{BASE}/applications"): applications,
        ("POST", f"{BASE}/applications"): create_application,
        ("DELETE", f"{BASE}/applications/<application_id>"): delete_application,
        ("GET", f"{BASE}/policies"): policies,
        ("POST", f"{BASE}/policies"): create_policy,
        ("GET", f"{BASE}/api-keys"): keys,
        ("POST", f"{BASE}/api-keys"): create_key,
        ("GET", f"{BASE}/api-keys/<access_key>"): key,
        ("DELETE", f"{BASE}/api-keys/<access_key>"): delete_key,
    }


def permission_sets(known: Json, application: str) -> set[str]:
    """What the policies of an application let it do; `known` is `state["iam"]`."""
    policies = (each for each in known["policies"].values() if each["application_id"] == application)
    return {name for each in policies for rule in each["rules"] for name in rule["permission_set_names"]}


def check_texts(body: Json) -> None:
    if not 0 < len(body.get("name", "")) <= NAME:
        raise invalid("name", "constraint", f"1 to {NAME} characters")
    if len(body.get("description", "")) > DESCRIPTION:
        raise invalid("description", "constraint", f"at most {DESCRIPTION} characters")
    if len(body.get("tags") or []) > TAGS:
        raise invalid("tags", "constraint", f"at most {TAGS}")


def check_rule(rule: Json, project: str) -> None:
    """Known permission sets, for the one project."""
    if rule.get("project_ids") != [project]:
        raise invalid("project_ids", "constraint", "projects of this organization")
    unknown = set(rule.get("permission_set_names") or [""]) - SETS
    if unknown:
        raise invalid("permission_set_names", "constraint", f"no such permission set: {', '.join(unknown)}")
