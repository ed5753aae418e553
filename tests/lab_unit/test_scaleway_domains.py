"""Domains and DNS of the Scaleway API stand-in, asked by the official SDK: what the real one refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scaleway import ScalewayException
from scaleway.domain.v2beta1 import (
    Record,
    RecordChange,
    RecordChangeAdd,
    RecordChangeDelete,
    RecordChangeSet,
    RecordIdentifier,
    RecordType,
)

from tasks.clients import client
from tasks.dns import DomainApi
from tests.support import secret_manager

ZONE = "example.org"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DomainApi]:
    with secret_manager.running(tmp_path, monkeypatch):
        sdk = DomainApi(client(), timeout=1)
        sdk.create_dns_zone(domain=ZONE, subdomain="")
        yield sdk


def record(name: str, data: str, kind: str = "A", ttl: int = 300) -> Record:
    return Record(id="", name=name, type_=RecordType(kind), data=data, ttl=ttl, priority=0, comment="x")


def adding(*records: Record) -> RecordChange:
    return RecordChange(add=RecordChangeAdd(records=list(records)))


def change(api: DomainApi, *changes: RecordChange, zone: str = ZONE) -> list[Record]:
    done = api.update_dns_zone_records(
        dns_zone=zone, changes=list(changes), disallow_new_zone_creation=True, return_all_records=True
    )
    return done.records


def names(api: DomainApi) -> set[str]:
    return {each.name for each in api.list_dns_zone_records_all(dns_zone=ZONE, name="") if each.name}


def test_a_record_comes_back_with_its_comment_and_an_id(api: DomainApi) -> None:
    change(api, adding(record("wiki", "203.0.113.3")))

    (found,) = api.list_dns_zone_records_all(dns_zone=ZONE, name="wiki")
    assert (found.data, found.ttl, found.comment) == ("203.0.113.3", 300, "x")
    assert found.id


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (adding(record("wiki", "2001:bc8::3")), 400),
        (adding(record("wiki", "203.0.113.3", ttl=5)), 400),
        (adding(record("wiki", "203.0.113.3"), record("wiki", "203.0.113.3")), 400),
        (adding(record("wiki", "203.0.113.3"), record("wiki", "pages.example.net.", "CNAME")), 400),
        (adding(record("a b", "203.0.113.3")), 400),
        (RecordChange(delete=RecordChangeDelete(id="none")), 404),
    ],
)
def test_of_changes_that_are_refused_in_part_none_is_made(
    api: DomainApi, refused: RecordChange, status: int
) -> None:
    with pytest.raises(ScalewayException) as caught:
        change(api, adding(record("good", "203.0.113.3")), refused)

    assert caught.value.status_code == status
    assert names(api) == set()


def test_set_replaces_what_its_fields_select(api: DomainApi) -> None:
    change(api, adding(record("wiki", "203.0.113.3"), record("wiki", "203.0.113.4")))
    fields = RecordIdentifier(name="wiki", type_=RecordType("A"))
    records = [record("wiki", "203.0.113.5")]

    left = change(api, RecordChange(set_=RecordChangeSet(records=records, id_fields=fields)))

    assert [each.data for each in left if each.name == "wiki"] == ["203.0.113.5"]


def test_a_zone_that_nobody_made_is_not_found(api: DomainApi) -> None:
    with pytest.raises(ScalewayException) as caught:
        change(api, adding(record("wiki", "203.0.113.3")), zone="example.net")

    assert caught.value.status_code == 404
