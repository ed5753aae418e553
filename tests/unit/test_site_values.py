"""The servers of an environment: where they are listed, and what is said of a list that lacks one."""

from dataclasses import fields
from io import BytesIO

import pytest

from catalogue.model import Site
from tasks import inventory
from tasks.inventory import addresses, terraform
from tests.support.bucket_store import refusal
from tests.support.site import HOSTS

NAMES = [each.name for each in fields(Site) if each.name not in ("hosts", "image_digests")]


def test_the_state_is_fetched_from_the_bucket_and_the_key_of_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str]] = []

    def fetch(bucket: str, key: str) -> bytes:
        asked.append((bucket, key))
        return (
            b'{"outputs": {"servers": {"value": {"a": {"public_ip": "1.2.3.4", "private_ip": "10.0.0.3"}}}}}'
        )

    monkeypatch.setattr(terraform, "fetch", fetch)

    assert terraform.read("s3://states/prod/key") == {"a": {"public_ip": "1.2.3.4", "private_ip": "10.0.0.3"}}
    assert asked == [("states", "prod/key")]


def test_a_site_is_made_of_the_values_the_hosts_and_the_digests(site: Site) -> None:
    values = {name: getattr(site, name) for name in NAMES}

    made = inventory.described({**values, "more": "that no site has"}, iter(HOSTS), {"redis:1": "sha256:1"})

    assert made.hosts == HOSTS
    assert made.image_digests == {"redis:1": "sha256:1"}
    assert {name: getattr(made, name) for name in NAMES} == values
    assert not {"hosts", "image_digests"} & set(NAMES)


class Bucket:
    """Has one object, and writes down what it is asked."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, ...]] = []
        self.asked: list[dict[str, str]] = []

    def connect(self, *given: str) -> "Bucket":
        self.opened.append(given)
        return self

    def get_object(self, **given: str) -> dict[str, BytesIO]:
        self.asked.append(given)
        if given["Key"] != "key":
            raise refusal("NoSuchKey")
        return {"Body": BytesIO(b"the state")}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name in ("ACCESS_KEY", "SECRET_KEY", "DEFAULT_REGION"):
        monkeypatch.delenv(f"S3_{name}", raising=False)
        monkeypatch.delenv(f"SCW_{name}", raising=False)
    made = Bucket()
    monkeypatch.setattr(terraform, "connect", made.connect)
    return made


@pytest.mark.parametrize("prefix", ["S3", "SCW"])
def test_the_state_is_fetched_with_the_keys_and_in_the_region_that_are_set(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    for name, value in {"ACCESS_KEY": "a", "SECRET_KEY": "s", "DEFAULT_REGION": "nl-ams"}.items():
        monkeypatch.setenv(f"{prefix}_{name}", value)

    assert terraform.fetch("states", "key") == b"the state"
    assert bucket.opened == [("a", "s", "https://s3.nl-ams.scw.cloud", "nl-ams")]
    assert bucket.asked == [{"Bucket": "states", "Key": "key"}]


@pytest.mark.parametrize("missing", ["ACCESS_KEY", "SECRET_KEY"])
def test_without_both_keys_the_store_is_not_asked(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    other = {"ACCESS_KEY": "SECRET_KEY", "SECRET_KEY": "ACCESS_KEY"}[missing]
    monkeypatch.setenv(f"S3_{other}", "x")

    with pytest.raises(
        ValueError,
        match=r"^s3://states/key: no credentials; set S3_ACCESS_KEY and S3_SECRET_KEY in \.env$",
    ):
        terraform.fetch("states", "key")
    assert bucket.opened == []


def test_a_state_that_is_not_there_is_said_and_france_is_where_it_is_looked_for(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_ACCESS_KEY", "a")
    monkeypatch.setenv("SCW_SECRET_KEY", "s")

    with pytest.raises(ValueError, match=r"^s3://states/other: there is no such object; check its key$"):
        terraform.fetch("states", "other")
    assert bucket.opened == [("a", "s", "https://s3.fr-par.scw.cloud", "fr-par")]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (b"<html>", "is not JSON; check that the key names a state file"),
        (b"{}", "has no output 'servers'; add it and run terraform apply"),
    ],
)
def test_a_state_of_another_form_is_said_whole(state: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=f"^Terraform state {said}$"):
        terraform.servers(state)


@pytest.mark.parametrize(("network", "good"), [("10.0.0.0/30", True), ("10.0.0.0/31", False)])
def test_a_network_has_room_for_two_servers(network: str, good: bool) -> None:
    own = {"a": {"public_ip": "51.15.0.3", "private_ip": "10.0.0.1", "ssh_port": 1}}
    if good:
        addresses.check("list", own, network, in_world=True)
        return
    with pytest.raises(ValueError, match=f"^network: '{network}' is no private network; "):
        addresses.check("list", own, network, in_world=True)
