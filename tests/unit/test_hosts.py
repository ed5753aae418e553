"""What servers need to know of each other: whom nothing locks out, and who starts anew when."""

from dataclasses import replace

import pytest

from catalogue import views
from catalogue.model import Host, Site


def test_operators_servers_and_containers_are_never_kept_out(site: Site) -> None:
    made = replace(site, operator_addresses=("203.0.113.77/32", "2001:db8:1::/64"))
    hosts = (replace(made.hosts[0], public_ipv6="2001:db8::3"), *made.hosts[1:])
    found = views.trusted(replace(made, hosts=hosts))

    assert found[:2] == ("203.0.113.77/32", "2001:db8:1::/64")
    assert {"10.0.0.2", "10.0.0.3", "10.0.0.5", "203.0.113.3", "2001:db8::3", "172.20.0.0/14"} <= {*found}
    # A neighbour in the private network is nobody's.
    assert "10.0.0.0/24" not in found


def test_each_server_has_the_time_of_its_group(site: Site) -> None:
    assert views.reboot_windows(site) == {
        "tools-prod": "Sun 03:00",
        "management": "Sun 03:30",
        "authentik-prod": "Sun 04:00",
    }


def test_servers_of_one_group_follow_each_other_even_into_the_next_week(site: Site) -> None:
    more = Host(name="more", groups=("tools",), private_ip="10.0.0.7", public_ip="203.0.113.7")
    made = replace(site, hosts=(*site.hosts, more), reboots={**site.reboots, "tools": "Sun 23:45"})

    assert views.reboot_windows(made)["more"] == "Mon 00:15"


@pytest.mark.parametrize(
    ("tools", "management"),
    [("Sun 03:00", "Sun 03:00"), ("Sun 03:29", "Sun 03:00"), ("Mon 00:00", "Sun 23:31")],
)
def test_two_servers_never_start_anew_at_once(site: Site, tools: str, management: str) -> None:
    made = replace(site, reboots={**site.reboots, "tools": tools, "management": management})

    with pytest.raises(ValueError, match="tools-prod and management would start anew within 30 minutes"):
        views.reboot_windows(made)


def test_a_server_without_a_time_is_named(site: Site) -> None:
    made = replace(site, reboots={"tools": "Sun 03:00", "management": "Mon 03:00"})

    with pytest.raises(ValueError, match="reboots: no group of authentik-prod has a time; write one for it"):
        views.reboot_windows(made)


def test_one_time_may_be_for_all(site: Site) -> None:
    assert set(views.reboot_windows(replace(site, reboots={"all": "Sat 03:00"})).values()) == {
        "Sat 03:00",
        "Sat 03:30",
        "Sat 04:00",
    }
