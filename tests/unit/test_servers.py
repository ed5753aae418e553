"""The servers of an environment as pyinfra takes them, what a run may call them, where a setting stands."""

from pathlib import Path
from typing import Any

import pytest

from catalogue.model import Host
from tasks.inventory import check_patterns, servers, terraform, values
from tests.unit.test_inventory import STATE, production
from tests.unit.test_values import LAB, inventory, refusal, site

TOOLS = {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}


def groups(monkeypatch: pytest.MonkeyPatch, listed: dict[str, Any], *names: str) -> dict[str, Any]:
    """The groups of production, with these servers in one, where Terraform lists some."""
    monkeypatch.setattr(terraform, "read", lambda _: listed)
    return servers.groups(production(STATE), {"tools": names})


@pytest.mark.parametrize("patterns", [["tools"], ["tools-prod"], ["tools-*", "management"], ["lab"], []])
def test_a_pattern_stands_for_a_group_a_host_or_several(patterns: list[str]) -> None:
    check_patterns(inventory(), "--limit", patterns)


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("tols", "write tools"),
        ("management-1", "write management"),
        ("web*", "their names are in inventory.py"),
        ("", "their names are in inventory.py"),
    ],
)
def test_a_pattern_that_stands_for_nothing_is_refused_with_what_was_meant(pattern: str, meant: str) -> None:
    said = refusal(lambda: check_patterns(inventory(), "--exclude", ["tools", pattern]))

    assert said == f"--exclude {pattern}: no host and no group has this name; {meant}"


def test_a_group_without_a_host_is_no_place_to_go() -> None:
    made = inventory()
    made.groups["spare"] = []

    assert refusal(lambda: check_patterns(made, "--limit", ["spare"])).startswith("--limit spare: no host ")


def test_an_environment_has_its_groups_and_one_of_all_hosts_with_where_ssh_finds_them() -> None:
    made = servers.groups(LAB, {"tools": ["tools-prod"], "management": ["management"]})

    assert made["lab"] == [*made["tools"], *made["management"]]
    [(name, data)] = made["tools"]
    assert name == "tools-prod"
    assert (data["ssh_hostname"], data["ssh_port"], data["public_ip"]) == ("127.0.0.1", 22203, "10.0.0.3")


def test_ssh_goes_to_the_public_address_if_the_list_says_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = {**TOOLS, "public_ipv6": "2001:BC8:0::3"}

    [(_, plain)] = groups(monkeypatch, {"tools-prod": written}, "tools-prod")["tools"]
    [(_, own)] = groups(monkeypatch, {"tools-prod": {**TOOLS, "ssh_hostname": "10.9.0.3"}}, "tools-prod")[
        "tools"
    ]

    assert plain == {"ssh_hostname": "51.15.0.3", **TOOLS, "public_ipv6": "2001:bc8::3"}
    assert own == {"ssh_hostname": "10.9.0.3", **TOOLS}


def test_a_list_of_no_server_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(lambda: groups(monkeypatch, {}, "tools-prod"))

    assert said == f"{STATE} lists no server 'tools-prod', only none; add it there"


def test_outside_the_lab_a_public_address_is_not_in_the_private_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = {"tools-prod": {**TOOLS, "public_ip": "10.0.0.3"}}

    assert "write the one that the world reaches it at" in refusal(
        lambda: groups(monkeypatch, listed, "tools-prod")
    )


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.255", "203.0.113.7"])
def test_an_address_that_documents_are_written_with_is_nobodys(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    said = refusal(lambda: groups(monkeypatch, {"tools-prod": {**TOOLS, "public_ip": address}}, "tools-prod"))

    assert said == (
        f"{STATE}: server 'tools-prod' has the example address {address}; "
        "write its real one there, or set GUILDHALL_TERRAFORM_STATE in .env"
    )


def test_a_site_has_the_hosts_of_the_inventory_with_all_that_is_their_own() -> None:
    made = inventory()
    made.get_host("management").host_data["public_ports"] = ("51820/udp",)
    tools, management = servers.site(made, {"redis:1": "sha256:1"}).hosts

    assert tools == Host(
        name="tools-prod",
        groups=tools.groups,
        private_ip="10.0.0.3",
        public_ip="10.0.0.3",
        public_ports=("22/tcp",),
    )
    assert {"tools", "lab"} <= set(tools.groups)
    assert management.public_ports == ("51820/udp",)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("private_ip", "8.8.8.8", "inventory: private_ip of 'tools-prod' is '8.8.8.8', which is not in the "),
        ("private_ip", "10.0.0.9", "inventory: servers 'tools-prod' and 'management' have one address, "),
        ("ssh_port", 0, "--data ssh_port: ssh_port is 0; write a port between 1 and 65535"),
        ("public_ports", ("22",), "--data public_ports: "),
    ],
)
def test_what_the_command_line_says_of_servers_is_held_against_the_same_rules(
    name: str, value: object, said: str
) -> None:
    assert refusal(site(inventory(**{name: value}))).startswith(said)


def test_a_setting_stands_in_the_last_line_of_the_nearest_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "ROOT", tmp_path)
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data/all.py").write_text("a = 1\nb: int = 2\na = 3\n(c, d) = 4, 5\n")
    (tmp_path / "group_data/lab.py").write_text("\nb = e = 3\n")

    found = {name: values.place(name, ["tools", "lab"]) for name in "abcez"}
    assert found == {
        "a": "group_data/all.py line 3",
        "b": "group_data/lab.py line 2",
        "c": "group_data",
        "e": "group_data/lab.py line 2",
        "z": "group_data",
    }
    assert values.place("b", []) == "group_data/all.py line 2"


def test_a_site_without_a_network_is_told_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    executed = values.executed
    monkeypatch.setattr(
        servers,
        "executed",
        lambda file: {name: value for name, value in executed(file).items() if name != "network"},
    )

    assert refusal(lambda: servers.groups(LAB, {"tools": ["tools-prod"]})) == (
        "group_data: network is not set; write it in group_data/all.py"
    )
