"""DNS zones at Scaleway: what is in them, and which of it is ours to change."""

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

OURS: Final = "guildhall"
"""The comment that says that a record was made here."""
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
    ttl: int
    ours: bool


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

    def change(self, zone: str, remove: Iterable[ZoneRecord], add: Iterable[DnsRecord]) -> None:
        """All of it at once, as one version of the zone; ValueError if nothing could be changed."""
        gone = [RecordChange(delete=RecordChangeDelete(id=each.id)) for each in remove]
        new = [_record(each) for each in add]
        changes = [*gone, *([RecordChange(add=RecordChangeAdd(records=new))] if new else [])]
        self._api.explained(f"DNS zone {zone}: cannot change it", lambda: self._send(zone, changes))

    def _send(self, zone: str, changes: Sequence[RecordChange]) -> None:
        self._api.update_dns_zone_records(
            dns_zone=zone, changes=list(changes), disallow_new_zone_creation=True
        )


def _found(record: Record) -> ZoneRecord:
    return ZoneRecord(
        id=record.id,
        name=record.name,
        kind=str(record.type_).upper(),
        data=record.data,
        ttl=record.ttl,
        ours=record.comment == OURS,
    )


def _record(wanted: DnsRecord) -> Record:
    return Record(
        id="",
        name=wanted.name,
        # By value: the members of the SDK's enumeration are lower case, the API's types are not.
        type_=RecordType(wanted.kind),
        data=wanted.address,
        ttl=TTL_SECONDS,
        priority=0,
        comment=OURS,
    )
