"""The program on the host: what ports answer, from the host; tests/lab tries it from inside containers."""

import json
import socket
from collections.abc import Iterator

import pytest

from onhost import answer, scan
from onhost.tries import OPEN, SILENT, Target, Tries
from tests.support.engine import Engine
from tests.support.host import World


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that takes connections, at both addresses of the loopback."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        yield server.getsockname()[1]


@pytest.fixture
def unheard() -> Iterator[int]:
    """A UDP port at which somebody listens, and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        yield made.getsockname()[1]


def test_each_try_ends_as_the_port_answers(listening: int, unheard: int) -> None:
    tries = Tries()
    wanted = {
        Target("127.0.0.1", "tcp", listening): OPEN,
        Target("::1", "tcp", listening): OPEN,
        Target("127.0.0.1", "tcp", 1): "ECONNREFUSED",
        Target("127.0.0.1", "udp", 1): "ECONNREFUSED",
        Target("127.0.0.1", "udp", unheard): SILENT,
    }

    tries.begin("me", wanted)
    tries.hear(0.2)
    tries.give_up()

    found = {target: said for said, targets in tries.answers["me"].items() for target in targets}
    assert found == wanted


def test_a_port_that_answers_by_udp_is_open() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        tries, target = Tries(), Target("127.0.0.1", "udp", made.getsockname()[1])
        tries.begin("me", [target])
        _, asker = made.recvfrom(1)
        made.sendto(b"yes", asker)
        tries.hear(5)

    assert tries.answers["me"] == {OPEN: [target]}


def test_the_program_tries_other_servers_and_says_what_each_port_answered(
    world: World, engine: Engine, listening: int
) -> None:
    engine.container()  # it runs no process here, so there is no network to enter
    plan = {
        "servers": ["127.0.0.1"],
        "others": ["127.0.0.1", "::1"],
        "tcp": [1, listening],
        "udp": [1],
        "services": [["localhost", listening], ["nobody.invalid", 5432], ["127.0.0.3", 1]],
    }
    output, _ = world.begin("scan", text=json.dumps(plan)).communicate(timeout=60)
    names, tried = answer.read(output.splitlines())

    assert names["names"]["nobody.invalid"] == []
    assert names["names"]["127.0.0.3"] == ["127.0.0.3"]
    assert "127.0.0.1" in names["names"]["localhost"]
    assert tried == {
        "kind": "from",
        "name": "",
        "answers": {
            "open": {"tcp 127.0.0.1": [listening], "tcp ::1": [listening]},
            "ECONNREFUSED": {"tcp 127.0.0.1": [1], "udp 127.0.0.1": [1], "tcp ::1": [1], "udp ::1": [1]},
        },
    }


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("0100007F", True),
        ("0B00007F", True),
        ("00000000", False),
        ("0302000A", False),
        ("00000000000000000000000001000000", True),
        ("0000000000000000FFFF00000100007F", True),
        ("00000000000000000000000000000000", False),
        ("0000000000000000FFFF00000302000A", False),
    ],
)
def test_an_address_of_the_kernels_tables_is_read(text: str, own: bool) -> None:
    assert scan.is_loopback(text) is own
