"""An app runs on one host of its group, unless its record says that it may run on several."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from catalogue import APPS
from catalogue.model import App, Host, Site
from catalogue.views import check_placement
from tests.support.site import app

SECOND = Host(name="tools-2", groups=("tools",), private_ip="10.0.0.4", public_ip="203.0.113.4")


def wider(site: Site, *hosts: Host) -> Site:
    return replace(site, hosts=(*site.hosts, *hosts))


def without_data(record: App) -> App:
    return replace(record, volumes=(), database=None, bucket=None)


def on_every_host(record: App) -> App:
    return replace(record, on_every_host=True)


def retired(record: App) -> App:
    return replace(record, present=False)


def test_the_catalogue_has_its_place_on_the_sites_hosts(site: Site) -> None:
    check_placement(APPS, site)


@pytest.mark.parametrize("name", ["espocrm", "outline", "onlyoffice"])
@pytest.mark.parametrize("kind", [lambda record: record, without_data], ids=["whole", "without data"])
def test_an_app_is_not_doubled_by_a_second_host(site: Site, name: str, kind: Callable[[App], App]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        check_placement([kind(app(name))], wider(site, SECOND))

    assert str(caught.value) == (
        f"app '{name}': group 'tools' has several hosts, tools-prod and tools-2: each would keep data "
        "of its own, and public names would lead to any; leave the group one host, or write "
        "on_every_host=True into the record"
    )


def test_all_hosts_of_the_group_are_named(site: Site) -> None:
    third = replace(SECOND, name="tools-3", private_ip="10.0.0.6")

    with pytest.raises(ValueError, match="tools-prod and tools-2 and tools-3"):
        check_placement([app("outline")], wider(site, SECOND, third))


@pytest.mark.parametrize("may", [on_every_host, retired])
def test_an_app_may_be_on_several_hosts_if_its_record_says_so_or_if_it_goes(
    site: Site, may: Callable[[App], App]
) -> None:
    check_placement([may(app("espocrm"))], wider(site, SECOND))


def test_agents_run_on_every_host_without_a_word(site: Site) -> None:
    agents = [each for each in APPS if each.group == "all"]

    assert len(agents) > 3
    check_placement(agents, wider(site, SECOND))


def test_a_second_host_with_a_group_of_its_own_doubles_nothing(site: Site) -> None:
    check_placement(APPS, wider(site, replace(SECOND, groups=("shop",))))


def test_an_app_without_a_host_is_named(site: Site) -> None:
    with pytest.raises(ValueError, match=r"^app 'outline': no host is in group 'shop'; see inventory\.py$"):
        check_placement([replace(app("outline"), group="shop")], site)
