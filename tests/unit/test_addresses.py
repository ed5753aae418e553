"""Addresses of servers: what none can have, and what two cannot have together, is refused in one line."""

from collections.abc import Mapping
from typing import Any

import pytest

from catalogue.model import Host
from tasks.inventory import addresses, servers, terraform
from tests.unit.test_inventory import MEMBERS, STATE, production

NETWORK = "10.0.0.0/24"
TOOLS = {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}
MANAGEMENT = {"public_ip": "51.15.0.5", "private_ip": "10.0.0.5"}


def refusal(listed: Mapping[str, Mapping[str, Any]], network: Any = NETWORK, *, in_world: bool = True) -> str:
    """What is said of these servers, which must be one line."""
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        addresses.check("the list", listed, network, in_world=in_world)
    return str(caught.value)


def test_good_addresses_are_taken() -> None:
    tools = {**TOOLS, "public_ipv6": "2001:bc8::3", "ssh_hostname": "10.9.0.3", "ssh_port": 2222}

    addresses.check("the list", {"tools": tools, "management": MANAGEMENT}, NETWORK, in_world=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"private_ip": "8.8.8.8"},
            "private_ip of 'tools' is '8.8.8.8', which is not in the private network ",
        ),
        ({"private_ip": "0.0.0.0"}, "private_ip of 'tools' is '0.0.0.0', which is not in the private "),  # noqa: S104
        ({"private_ip": "51.15.0.3"}, "private_ip of 'tools' is '51.15.0.3', which is not in the private "),
        ({"private_ip": "10.0.1.3"}, "private_ip of 'tools' is '10.0.1.3', which is not in the private "),
        ({"private_ip": "10.0.0.0"}, "private_ip of 'tools' is '10.0.0.0', which stands for all of the "),
        ({"private_ip": "10.0.0.255"}, "private_ip of 'tools' is '10.0.0.255', which stands for all of "),
        ({"private_ip": 5}, "private_ip of 'tools' is 5, which is no text; write the address in quotes"),
        ({"private_ip": True}, "private_ip of 'tools' is True, which is no text; write the address in "),
        ({"private_ip": ["10.0.0.3"]}, "private_ip of 'tools' is ['10.0.0.3'], which is no text; "),
        ({"private_ip": "10.0.0.3/24"}, "private_ip of 'tools' is '10.0.0.3/24'; write an IP address there"),
        ({"private_ip": " 10.0.0.3"}, "private_ip of 'tools' is ' 10.0.0.3'; write an IP address there"),
        ({"private_ip": "fd00::5"}, "private_ip of 'tools' is 'fd00::5', an IPv6 address; the private "),
        ({"private_ip": None}, "server 'tools' has no private_ip; add it there"),
        ({"public_ip": 5}, "public_ip of 'tools' is 5, which is no text; write the address in quotes"),
        ({"public_ip": "10.0.0.3"}, "public_ip of 'tools' is '10.0.0.3', which is in the private network "),
        ({"public_ip": "0.0.0.0"}, "public_ip of 'tools' is '0.0.0.0', which no server can have; write "),  # noqa: S104
        ({"public_ip": "0.0.0.5"}, "public_ip of 'tools' is '0.0.0.5', which no server can have; write "),
        ({"public_ip": "224.0.0.5"}, "public_ip of 'tools' is '224.0.0.5', which no server can have; "),
        ({"public_ip": "255.255.255.255"}, "public_ip of 'tools' is '255.255.255.255', which no server "),
        (
            {"public_ip": "2001:bc8::3"},
            "public_ip of 'tools' is '2001:bc8::3', an IPv6 address; write it as ",
        ),
        ({"public_ipv6": "51.15.0.4"}, "public_ipv6 of 'tools' is '51.15.0.4', an IPv4 address; write an "),
        ({"public_ipv6": "fe80::3"}, "public_ipv6 of 'tools' is 'fe80::3', which no server can have; "),
        ({"public_ipv6": "::"}, "public_ipv6 of 'tools' is '::', which no server can have; write its own"),
        ({"public_ipv6": "[2001:bc8::3]"}, "public_ipv6 of 'tools' is '[2001:bc8::3]'; write an IP address "),
    ],
)
def test_an_address_that_a_server_cannot_have(change: dict[str, Any], said: str) -> None:
    assert refusal({"tools": TOOLS | change}).startswith(f"the list: {said}")


@pytest.mark.parametrize(
    ("both", "what"),
    [
        ({"public_ip": "51.15.0.9"}, "51.15.0.9"),
        ({"private_ip": "10.0.0.9"}, "10.0.0.9"),
        ({"public_ipv6": "2001:bc8::9"}, "2001:bc8::9"),
        ({"ssh_hostname": "10.9.0.1"}, "10.9.0.1 port 22"),
        ({"ssh_hostname": "gate.example.net", "ssh_port": 2222}, "gate.example.net port 2222"),
    ],
)
def test_two_servers_have_nothing_in_common(both: dict[str, Any], what: str) -> None:
    said = refusal({"tools": TOOLS | both, "management": MANAGEMENT | both})

    assert said == f"the list: servers 'tools' and 'management' have one address, {what}; give each its own"


@pytest.mark.parametrize("hostname", ["gate.example.net", "10.9.0.3", "2001:bc8::9", "fe80::1%wg0", "gate_1"])
def test_ssh_may_go_to_a_name_or_to_an_address_of_either_family(hostname: str) -> None:
    addresses.check("the list", {"tools": {**TOOLS, "ssh_hostname": hostname}}, NETWORK, in_world=True)


@pytest.mark.parametrize(
    "hostname", ["[2001:bc8::9]", "root@10.9.0.3", "gate.example.net:22", "", 5, "-oX=y"]
)
def test_what_ssh_could_not_go_to(hostname: object) -> None:
    said = refusal({"tools": {**TOOLS, "ssh_hostname": hostname}})

    assert said.startswith(
        f"the list: server 'tools' has the ssh_hostname {hostname!r}; write a name, or an "
    )


@pytest.mark.parametrize("port", [0, 65536, -22, "22", True, 22.0, [22]])
def test_an_ssh_port_is_a_number_that_a_port_can_have(port: object) -> None:
    said = refusal({"tools": {**TOOLS, "ssh_port": port}})

    assert said.startswith(f"the list: server 'tools' has the ssh_port {port!r}; write a number from 1 to ")


def test_two_ways_to_write_an_address_are_one_address() -> None:
    listed = {
        "tools": {**TOOLS, "public_ipv6": "2001:bc8::3"},
        "management": {**MANAGEMENT, "public_ipv6": "2001:0BC8:0:0::3"},
    }

    assert "have one address, 2001:bc8::3" in refusal(listed)


def test_servers_behind_one_address_have_ports_of_their_own() -> None:
    listed = {
        "tools": {**TOOLS, "ssh_hostname": "127.0.0.1", "ssh_port": 22203},
        "management": {**MANAGEMENT, "ssh_hostname": "127.0.0.1", "ssh_port": 22205},
    }

    addresses.check("the list", listed, NETWORK, in_world=True)


def test_in_the_lab_alone_a_public_address_is_the_private_one() -> None:
    lab = {"public_ip": "10.0.0.3", "private_ip": "10.0.0.3"}

    addresses.check("the list", {"tools": lab}, NETWORK, in_world=False)
    assert "write the one that the world reaches it at" in refusal({"tools": lab})


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "8.8.8.0/24", "10.0.0.1/24", "fd00::/64", "10.0.0.3/32", None]
)
def test_the_private_network_is_private_and_of_ipv4(network: object) -> None:
    said = refusal({"tools": TOOLS}, network)

    assert said.startswith(f"network: {network!r} is no ")
    assert said.endswith(" as 10.0.0.0/24, in group_data")


@pytest.mark.parametrize(
    ("management", "said"),
    [
        (
            {**MANAGEMENT, "public_ip": "51.15.0.3"},
            f"{STATE}: servers 'tools-prod' and 'management' have one",
        ),
        ({**MANAGEMENT, "private_ip": "8.8.8.8"}, f"{STATE}: private_ip of 'management' is '8.8.8.8', which"),
        (
            {**MANAGEMENT, "public_ipv6": "2001:db8::5"},
            f"{STATE}: server 'management' has the example address",
        ),
    ],
)
def test_terraforms_addresses_are_refused_alike(
    monkeypatch: pytest.MonkeyPatch, management: dict[str, str], said: str
) -> None:
    listed = {
        "tools-prod": TOOLS,
        "management": management,
        "authentik-prod": {"public_ip": "51.15.0.2", "private_ip": "10.0.0.2"},
    }
    monkeypatch.setattr(terraform, "read", lambda _: listed)

    with pytest.raises(ValueError, match=f"^{said}"):
        servers.groups(production(STATE), MEMBERS)


def test_a_server_of_two_groups_is_one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "read", lambda _: {"tools-prod": TOOLS})

    made = servers.groups(production(STATE), {"tools": ["tools-prod"], "management": ["tools-prod"]})

    assert made["tools"] == made["management"]


@pytest.mark.parametrize("port", ["22", "tcp/22", "0/tcp", "22/sctp", 22, "22/tcp; id"])
def test_a_public_port_says_its_protocol(port: Any) -> None:
    with pytest.raises(ValueError, match=r"^host 'web': public_ports\[0\] is .*; write a "):
        Host(name="web", groups=(), private_ip="10.0.0.3", public_ip="51.15.0.3", public_ports=(port,))
