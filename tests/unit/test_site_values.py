"""The servers of an environment: where they are listed, and what is said of a list that lacks one."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue.model import Host, Site
from tasks import inventory
from tasks.inventory import addresses, servers, terraform
from tasks.settings import Settings
from tests.support.bucket_store import refusal
from tests.support.site import HOSTS

LISTED: dict[str, dict[str, Any]] = {
    "tools-prod": {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3", "ssh_port": 2222},
    "management": {"public_ip": "51.15.0.5", "private_ip": "10.0.0.5", "ssh_hostname": "bastion"},
}
FILE = Settings(environment="staging", store="dotenv", terraform_state=None)
STATE = Settings(environment="staging", store="dotenv", terraform_state="s3://states/key")
MEMBERS = {"tools": ["tools-prod"], "management": ["management"]}


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(servers, "ROOT", tmp_path)
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data/all.py").write_text("network = '10.0.0.0/24'\nservers = {}\n")
    file = tmp_path / "group_data/staging.py"
    file.write_text(f"servers = {LISTED!r}\n")
    return file


def test_a_server_is_reached_at_its_public_address_unless_the_list_says_otherwise(listed: Path) -> None:
    found = inventory.groups(FILE, MEMBERS)

    assert found["tools"] == [("tools-prod", {"ssh_hostname": "51.15.0.3", **LISTED["tools-prod"]})]
    assert found["management"] == [("management", LISTED["management"])]
    assert found["staging"] == [*found["tools"], *found["management"]]
    assert list(found) == ["tools", "management", "staging"]


def test_terraforms_state_wins_over_the_file(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def read(url: str) -> Any:
        asked.append(url)
        return LISTED

    monkeypatch.setattr(terraform, "read", read)
    listed.write_text("")

    assert inventory.groups(STATE, MEMBERS)["tools"][0][0] == "tools-prod"
    assert asked == ["s3://states/key"]


def test_a_server_that_is_not_listed_is_said_with_those_that_are(listed: Path) -> None:
    with pytest.raises(
        ValueError,
        match=r"^group_data/staging\.py lists no server 'blog', only management, tools-prod; add it there$",
    ):
        inventory.groups(FILE, {"tools": ["blog"]})


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.255", "203.0.113.0"])
def test_an_address_of_the_documentation_is_refused(listed: Path, address: str) -> None:
    listed.write_text(f"servers = {{'a': {{'public_ip': {address!r}, 'private_ip': '10.0.0.3'}}}}\n")

    with pytest.raises(
        ValueError,
        match=rf"^group_data/staging\.py: server 'a' has the example address {address}; "
        r"write its real one there, or set GUILDHALL_TERRAFORM_STATE in \.env$",
    ):
        inventory.groups(FILE, {"tools": ["a"]})


def test_an_address_is_written_in_its_short_form(listed: Path) -> None:
    listed.write_text(
        "a = {'public_ip': '51.15.0.3', 'private_ip': '10.0.0.3', 'public_ipv6': '2001:0bc8:0::03'}\n"
        "servers = {'a': a}\n"
    )

    [(_, data)] = inventory.groups(FILE, {"tools": ["a"]})["tools"]
    assert data["public_ipv6"] == "2001:bc8::3"


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
    values = {name: getattr(site, name) for name in servers.VALUES}

    made = inventory.described({**values, "more": "that no site has"}, iter(HOSTS), {"redis:1": "sha256:1"})

    assert made.hosts == HOSTS
    assert made.image_digests == {"redis:1": "sha256:1"}
    assert {name: getattr(made, name) for name in servers.VALUES} == values
    assert not {"hosts", "image_digests"} & set(servers.VALUES)


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


def addresses_of(host: Host) -> dict[str, Any]:
    names = ("private_ip", "public_ip", "public_ipv6", "public_ports")
    return {name: getattr(host, name) for name in names}


def inventory_of(site: Site, hosts: tuple[Host, ...]) -> Any:
    """As pyinfra has it; the values of a site are asked of the first host alone."""
    values = {name: getattr(site, name) for name in servers.VALUES}
    return [
        SimpleNamespace(
            name=each.name,
            groups=list(each.groups),
            data=SimpleNamespace(**({} if number else values), **addresses_of(each)),
        )
        for number, each in enumerate(hosts)
    ]


def test_what_every_host_is_told_alike_is_the_sites_and_its_addresses_are_its_own(site: Site) -> None:
    hosts = (replace(HOSTS[0], public_ipv6="2001:bc8::3", public_ports=("2222/tcp",)), *HOSTS[1:])

    made = inventory.site(inventory_of(site, hosts), {"redis:1": "sha256:1"})

    assert made.hosts == hosts
    assert made.image_digests == {"redis:1": "sha256:1"}
    assert made.timezone == site.timezone


INSIDE = (
    "is '10.0.0.7', which is in the private network 10.0.0.0/24; write the one that the world reaches it at"
)


@pytest.mark.parametrize("environment", ["staging", "lab"])
def test_only_in_the_lab_a_public_address_may_lie_in_the_private_network(
    listed: Path, site: Site, environment: str
) -> None:
    inside = {"public_ip": "10.0.0.7", "private_ip": "10.0.0.3"}
    (listed.parent / f"{environment}.py").write_text(f"servers = {{'tools-prod': {inside!r}}}\n")
    settings = replace(FILE, environment=environment)
    hosts = inventory_of(replace(site, environment=environment), (replace(HOSTS[0], public_ip="10.0.0.7"),))

    if environment == "lab":
        assert inventory.groups(settings, {"tools": ["tools-prod"]})["lab"]
        assert inventory.site(hosts, {}).hosts
        return
    file = r"^group_data/staging\.py"
    with pytest.raises(ValueError, match=f"{file}: public_ip of 'tools-prod' {INSIDE}$"):
        inventory.groups(settings, {"tools": ["tools-prod"]})
    with pytest.raises(ValueError, match=f"^inventory: public_ip of 'tools-prod' {INSIDE}$"):
        inventory.site(hosts, {})


def test_what_a_list_lacks_is_said_with_the_list_and_the_server(listed: Path) -> None:
    listed.write_text("servers = {'a': {'public_ip': '51.15.0.3', 'private_ip': ''}}\n")

    with pytest.raises(
        ValueError, match=r"^group_data/staging\.py: server 'a' has no private_ip; add it there$"
    ):
        inventory.groups(FILE, {"tools": ["a"]})
    with pytest.raises(
        ValueError, match=r"^Terraform output 'servers': server 'a' has no public_ip; add it there$"
    ):
        terraform.servers(b'{"outputs": {"servers": {"value": {"a": {}}}}}')


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
