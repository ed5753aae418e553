"""The rules of a server with IPv6, tried in networks that one host makes: they hold both families alike.

The lab's own network has no IPv6.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue import APPS, views
from lab import layout
from tasks.host.firewall import rules
from tests.lab.breach import orders
from tests.lab.breach.driver import SERVE
from tests.lab.breach.gate import GATE
from tests.lab.running import Lab
from tests.support.site import HOSTS, app, example_site

pytestmark = pytest.mark.host

LINKS = {
    "app": ("gh-outline", "172.20.1.1/24 fd67:1::1/64", "172.20.1.2/24 fd67:1::2/64"),
    "quiet": ("gh-alloy", "172.20.2.1/24 fd67:2::1/64", "172.20.2.2/24 fd67:2::2/64"),
    "peer": ("private0", "10.0.0.3/24 fd67:9::1/64", "10.0.0.5/24 203.0.113.5/32 2001:db8::5/128"),
    "world": (
        "public0",
        "203.0.113.3/24 2001:db8::3/64",
        "203.0.113.99/24 2001:db8::99/64 169.254.42.42/32 fd00:42::42/128 192.168.7.7/32 fd99::1/128",
    ),
}
"""Who is beside the gate, which plays tools-prod: its interface to them, its addresses there, and theirs."""
INTERNET, OWN, PEER = "203.0.113.99 2001:db8::99", "203.0.113.3 2001:db8::3", "203.0.113.5 2001:db8::5"
ON_THE_HOST = "node-exporter"
"""It asks from the gate itself, and is known by its user."""
CELLS = (
    ("app", "the internet", INTERNET, 8099, True),
    ("quiet", "the internet, without need", INTERNET, 8099, False),
    ("app", "metadata", "169.254.42.42 fd00:42::42", 8099, False),
    ("app", "another private network", "192.168.7.7 fd99::1", 8099, False),
    ("app", "its server's own port", OWN, 22, False),
    ("app", "its server's edge", OWN, 443, True),
    ("app", "its server's own port at its gateway", "172.20.1.1 fd67:1::1", 22, False),
    ("app", "another server's own port", PEER, 22, False),
    ("app", "another server's edge", PEER, 443, True),
    ("app", "another app", "172.20.2.2 fd67:2::2", 8099, False),
    (ON_THE_HOST, "the internet", INTERNET, 8099, False),
    (ON_THE_HOST, "metadata", "169.254.42.42 fd00:42::42", 8099, False),
    (ON_THE_HOST, "an app", "172.20.1.2 fd67:1::2", 8099, False),
    (ON_THE_HOST, "its server's own port", "127.0.0.1 ::1", 22, False),
    (ON_THE_HOST, "its own port", "10.0.0.3", 9100, True),
    (ON_THE_HOST, "an edge", PEER, 443, True),
    ("world", "a public port", OWN, 22, True),
    ("world", "a private port", OWN, 9100, False),
    ("world", "a port that nobody declared", OWN, 8099, False),
    ("world", "an app itself", "172.20.1.2 fd67:1::2", 8099, False),
    ("peer", "a private port at its private address", "10.0.0.3", 9100, True),
    ("peer", "a private port at its public address", OWN, 9100, False),
)
"""Who asks what, its addresses, the port, and whether it is open."""


def order() -> tuple[object, ...]:
    """The words for `said` in tests.lab.breach.gate.py."""
    hosts = tuple(
        replace(
            host, public_ipv6=host.public_ip.replace("203.0.113.", "2001:db8::"), public_ports=("22/tcp",)
        )
        for host in HOSTS
    )
    site = replace(example_site(), hosts=hosts)
    table = rules(views.firewall(APPS, site, hosts[0]), hosts[0].private_ip, site.network)
    users = dict.fromkeys(LINKS, 0) | {ON_THE_HOST: views.host_users(app(ON_THE_HOST))[0]}
    asks = {
        who: (who if who in LINKS else GATE, user, orders.asking(asked(who))) for who, user in users.items()
    }
    links = {who: (name, ours.split(), theirs.split()) for who, (name, ours, theirs) in LINKS.items()}
    return links, [table, ""], SERVE, [22, 443, 8099, 9100], asks


Answers = list[dict[tuple[str, str], list[str]]]


def asked(who: str) -> list[tuple[str, int, str]]:
    cells = [each for each in CELLS if each[0] == who]
    return [(address, port, "tcp") for *_, addresses, port, _ in cells for address in addresses.split()]


@pytest.fixture(scope="module")
def answers(lab: Lab, machine: layout.Host, spare: Path) -> Answers:
    """With the rules, and without any: what each cell's addresses answer."""
    return [told(each) for each in orders.on(lab, machine.name, "said", *order(), driver="gate")]


def told(said: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    heard = {who: iter(json.loads(answers)) for who, answers in said.items()}
    return {(who, what): [next(heard[who]) for _ in addresses.split()] for who, what, addresses, *_ in CELLS}


@pytest.mark.parametrize(
    ("who", "what", "is_open"), [(who, what, is_open) for who, what, *_, is_open in CELLS]
)
def test_both_families_are_held_alike(answers: Answers, who: str, what: str, is_open: bool) -> None:
    with_rules, without = answers

    assert {answer == "open" for answer in with_rules[who, what]} == {is_open}
    assert set(without[who, what]) == {"open"}
