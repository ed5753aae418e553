"""DNS zones at Scaleway: what is in them, and which of it is ours to change."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scaleway.domain.v2beta1 import (
    DomainV2Beta1API,
    Record,
    RecordChange,
    RecordChangeAdd,
    RecordChangeDelete,
    RecordType,
)

from catalogue.views import DnsRecord
from tasks.clients import TIMEOUT_SECONDS, PatientApi, client

OLD_MARK: Final = "guildhall"
"""The comment of records that older versions made: it does not say of which environment they are."""
TTL_SECONDS: Final = 300
"""A server that is replaced is found again within five minutes."""


class DomainApi(PatientApi, DomainV2Beta1API):
    """Domains and DNS."""

    permissions = "DomainsDNSFullAccess or, to read, DomainsDNSReadOnly"


@dataclass(frozen=True, kw_only=True)
class ZoneRecord:
    """A record as it is found in a zone; `name` is empty for the zone itself."""

    id: str
    name: str
    kind: str
    data: str
    """Of an IPv6 address the short form."""
    ttl: int
    comment: str
    """By it a record is known as that of an environment."""


class Zones:
    """The zones of a project; credentials and project come from SCW_* variables."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self._api = DomainApi(client(), timeout)

    def records(self, zone: str) -> list[ZoneRecord]:
        """Everything in a zone; ValueError if it cannot be read."""
        # An empty name selects every name.
        found = self._api.explained(
            f"DNS zone {zone}: cannot read it",
            lambda: self._api.list_dns_zone_records_all(dns_zone=zone, name="", page_size=100),
        )
        return [_found(record) for record in found]

    def change(self, zone: str, remove: Iterable[ZoneRecord], add: Iterable[DnsRecord], comment: str) -> None:
        """All of it at once, as one version of the zone; ValueError if nothing could be changed."""
        gone = [RecordChange(delete=RecordChangeDelete(id=each.id)) for each in remove]
        new = [_record(each, comment) for each in add]
        changes = [*gone, *([RecordChange(add=RecordChangeAdd(records=new))] if new else [])]
        self._api.explained(f"DNS zone {zone}: cannot change it", lambda: self._send(zone, changes))

    def _send(self, zone: str, changes: Sequence[RecordChange]) -> None:
        self._api.update_dns_zone_records(
            dns_zone=zone, changes=list(changes), disallow_new_zone_creation=True
        )


def _found(record: Record) -> ZoneRecord:
    kind = str(record.type_).upper()
    return ZoneRecord(
        id=record.id,
        name=record.name,
        kind=kind,
        data=_short(record.data) if kind == "AAAA" else record.data,
        ttl=record.ttl,
        comment=record.comment or "",
    )


def _short(address: str) -> str:
    """The form in which all addresses are compared; what is none is left as it is."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _record(wanted: DnsRecord, comment: str) -> Record:
    return Record(
        id="",
        name=wanted.name,
        # By value: the members of the SDK's enumeration are lower case, the API's types are not.
        type_=RecordType(wanted.kind),
        data=wanted.address,
        ttl=TTL_SECONDS,
        priority=0,
        comment=comment,
    )
