"""Servers from Terraform's state, and what is said when the state does not have them."""

import json
from typing import Any

import pytest

from tasks.inventory import terraform

TOOLS = {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}


def state(servers: Any) -> bytes:
    """A state of format 4, as Terraform writes it."""
    output = {"value": servers, "type": ["map", "dynamic"]}
    return json.dumps({"version": 4, "outputs": {"servers": output, "other": {"value": 1}}}).encode()


def test_each_server_has_its_two_addresses_and_nothing_else() -> None:
    found = terraform.servers(state({"tools-prod": {**TOOLS, "id": "fr-par-1/1"}, "management": TOOLS}))

    assert found == {"tools-prod": TOOLS, "management": TOOLS}


def test_an_ipv6_address_is_taken_along_in_its_short_form() -> None:
    found = terraform.servers(state({"tools-prod": {**TOOLS, "public_ipv6": "2001:BC8:0::3"}}))

    assert found["tools-prod"] == {**TOOLS, "public_ipv6": "2001:bc8::3"}


@pytest.mark.parametrize("empty", [None, ""])
def test_a_server_may_have_no_ipv6_address(empty: object) -> None:
    assert terraform.servers(state({"tools-prod": {**TOOLS, "public_ipv6": empty}})) == {"tools-prod": TOOLS}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (b"<html>", "Terraform state is not JSON; check"),
        (b"\xff\xfe", "Terraform state is not JSON; check"),
        (b"[]", "has no output 'servers'; add it"),
        (b'{"version": 4, "outputs": {}}', "has no output 'servers'; add it"),
        (state({}), "is not a map; it must lead from a server's name"),
        (state(["10.0.0.3"]), "is not a map; it must lead from a server's name"),
        (state({"a": {"public_ip": "51.15.0.3"}}), "server 'a' has no private_ip; add it"),
        (state({"a": {**TOOLS, "public_ip": None}}), "server 'a' has no public_ip; add it"),
        (state({"a": "51.15.0.3"}), "server 'a' has no public_ip; add it"),
        (
            state({"a": {**TOOLS, "private_ip": "10.0.0.300"}}),
            "private_ip of 'a' is '10.0.0.300'; write an IP",
        ),
        (state({"a": {**TOOLS, "private_ip": 5}}), "private_ip of 'a' is 5, which is no text; write"),
        (
            state({"a": {**TOOLS, "private_ip": "fd00::5"}}),
            "private_ip of 'a' is 'fd00::5', an IPv6 address; the private network has IPv4",
        ),
    ],
)
def test_what_the_state_lacks_is_said_in_one_line(found: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        terraform.servers(found)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["states/terraform.tfstate", "s3://states", "s3:///key", "https://states/key", "s3://"]
)
def test_an_address_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"GUILDHALL_TERRAFORM_STATE: '.*' is not of the form s3://bucket/key"
    ):
        terraform.read(url)
