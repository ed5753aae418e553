"""Packages and the time zone: what a reading says is missing is made, and nothing else is asked."""

from typing import Any

import pytest

from tasks.host.packages import INSTALL, PATIENT, packages
from tasks.host.units import timezone
from tasks.program import Reading
from tests.support.operations import FakeHost, commands, on

FOUND = Reading(packages=frozenset({"curl", "sudo"}), timezone="UTC")


@pytest.mark.parametrize(
    ("operation", "told", "done"),
    [
        (packages, {"names": ["curl", "sudo"]}, []),
        (
            packages,
            {"names": ["nftables", "curl", "fail2ban"]},
            [f"apt-get {PATIENT} update", f"{INSTALL} nftables fail2ban"],
        ),
        (timezone, {"zone": "UTC"}, []),
        (timezone, {"zone": "Europe/Paris"}, ["timedatectl set-timezone Europe/Paris"]),
    ],
)
def test_what_is_missing_is_known_from_one_reading(
    operation: Any, told: dict[str, Any], done: list[str]
) -> None:
    host = FakeHost(fact=FOUND)
    with on(host, executing=False):
        assert [str(each) for each in commands(operation, **told)] == done
    assert len(host.asked) == 1
