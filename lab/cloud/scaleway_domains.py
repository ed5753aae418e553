"""Domains and DNS v2beta1 of the Scaleway API stand-in: zones and their records."""

import ipaddress
import re
import uuid
from collections.abc import Callable
from copy import deepcopy
from typing import ClassVar

from .scaleway_common import ApiError, Json, forbidden, invalid, not_found, now, page

ZONE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
NAME = re.compile(r"|\*|(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
KINDS = ("A", "AAAA", "ALIAS", "CAA", "CNAME", "MX", "NS", "SRV", "TXT")
NAMESERVERS = ("ns0.dom.scw.cloud.", "ns1.dom.scw.cloud.")
LEAST_TTL = 60


class Domains:
    """Zones by name, kept in `state["zones"]`; a zone is a list of records, the provider's own among them."""

    def __init__(self, state: Json, project: str, _region: str) -> None:
        self.zones: dict[str, list[Json]] = state.setdefault("zones", {})
        self.project = project

    def _check_project(self, project: str, action: str) -> None:
        if project != self.project:
            raise forbidden(action, "dns_zone")

    def _records(self, zone: str) -> list[Json]:
        if zone not in self.zones:
            raise not_found("dns_zone", zone)
        return self.zones[zone]

    def create_zone(self, _query: Json, body: Json) -> Json:
        self._check_project(body.get("project_id", ""), "write")
        zone = ".".join(part for part in (body.get("subdomain"), body.get("domain")) if part)
        if not ZONE.fullmatch(zone):
            raise invalid("domain", "format", "must be a domain name")
        if zone in self.zones:
            raise ApiError(409, "already_exists", "resource already exists", resource="dns_zone")
        self.zones[zone] = [record({"name": "", "type": "NS", "data": host}) for host in NAMESERVERS]
        return {
            "domain": body["domain"], "subdomain": body.get("subdomain") or "", "project_id": self.project,
            "ns": list(NAMESERVERS), "ns_default": list(NAMESERVERS), "ns_master": [], "status": "active",
            "linked_products": [], "message": None, "updated_at": now(),
        }  # fmt: skip

    def search(self, query: Json, _body: Json, zone: str) -> Json:
        """Filters that are empty select everything, as with the real API."""
        self._check_project(query.get("project_id", self.project), "list")
        wanted = {key: query[key] for key in ("id", "name", "type") if query.get(key)}
        found = [each for each in self._records(zone) if wanted.items() <= each.items()]
        return page("records", found, query)

    def update(self, _query: Json, body: Json, zone: str) -> Json:
        """All changes or, if one of them is refused, none."""
        records, touched = deepcopy(self._records(zone)), list[Json]()
        for change in body.get("changes", []):
            ((verb, what),) = change.items()
            touched += CHANGES[verb](records, what)
        check_zone(records)
        self.zones[zone] = records
        return {"records": records if body.get("return_all_records") else touched}

    BASE = "/domain/v2beta1/dns-zones"
    ROUTES: ClassVar[dict[tuple[str, str], Callable[..., Json | None]]] = {
        ("POST", BASE): create_zone,
        ("GET", f"{BASE}/<zone>/records"): search,
        ("PATCH", f"{BASE}/<zone>/records"): update,
    }


def record(given: Json) -> Json:
    """A record as it is stored, under a new id; ApiError if it cannot be one."""
    if not NAME.fullmatch(given.get("name", "")):
        raise invalid("name", "format", "a name below the zone, or *")
    if given.get("type") not in KINDS:
        raise invalid("type", "constraint", f"one of {', '.join(KINDS)}")
    if given.get("ttl", LEAST_TTL) < LEAST_TTL:
        raise invalid("ttl", "constraint", f"at least {LEAST_TTL}")
    check_address(given["type"], given.get("data", ""))
    return {
        "id": str(uuid.uuid4()), "name": given["name"], "type": given["type"], "data": given["data"],
        "ttl": given.get("ttl", 3600), "priority": given.get("priority", 0),
        "comment": given.get("comment"), "updated_at": now(),
    }  # fmt: skip


def check_address(kind: str, data: str) -> None:
    try:
        version = {"A": 4, "AAAA": 6}.get(kind)
        good = bool(data) if version is None else ipaddress.ip_address(data).version == version
    except ValueError:
        good = False
    if not good:
        raise invalid("data", "format", f"is not good for {kind}")


def check_zone(records: list[Json]) -> None:
    """No record twice, and nothing beside a CNAME."""
    keys = [(each["name"], each["type"], each["data"]) for each in records]
    if len(keys) != len(set(keys)):
        raise invalid("records", "constraint", "duplicate record")
    alone = {each["name"] for each in records if each["type"] == "CNAME"}
    if any(sum(each["name"] == name for each in records) > 1 for name in alone):
        raise invalid("records", "constraint", "a CNAME cannot be beside another record")


def selected(records: list[Json], what: Json) -> list[Json]:
    """The records of an id, or of the fields of one; 404 if there is none."""
    wanted = {"id": what["id"]} if what.get("id") else what.get("id_fields", {})
    found = [each for each in records if wanted and wanted.items() <= each.items()]
    if not found:
        raise not_found("record", str(wanted))
    return found


def add(records: list[Json], what: Json) -> list[Json]:
    new = [record(each) for each in what["records"]]
    records += new
    return new


def delete(records: list[Json], what: Json) -> list[Json]:
    found = selected(records, what)
    records[:] = [each for each in records if each not in found]
    return found


def replace(records: list[Json], what: Json) -> list[Json]:
    """What is there goes, and its id with it."""
    delete(records, what)
    return add(records, what)


CHANGES: dict[str, Callable[[list[Json], Json], list[Json]]] = {
    "add": add,
    "delete": delete,
    "set": replace,
}
