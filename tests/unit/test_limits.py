"""Where the limits of records lie: the last value that is good, and the first that is not."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue import views
from catalogue.model import (
    Exec,
    Health,
    Image,
    Metrics,
    Oidc,
    Port,
    Route,
    Rule,
    Secret,
    Service,
    Volume,
)
from tests.support.site import app, example_site
from tests.unit.test_model import BLOG, record, service


def test_a_service_has_16_mb_at_least() -> None:
    assert replace(service(), memory_mb=16).memory_mb == 16
    with pytest.raises(ValueError, match="service 'web': memory_mb 15 is below 16"):
        replace(service(), memory_mb=15)


@pytest.mark.parametrize("user", ["0:0", "0:1000", "00:1000"])
def test_a_service_of_the_first_user_is_roots(user: str) -> None:
    assert replace(service(because="It must."), user=user).extra_rights == ["runs as root"]


def test_what_has_no_rights_of_its_own_needs_no_reason() -> None:
    assert service().extra_rights == []


@pytest.mark.parametrize(("hours", "good"), [(0, False), (1, True), (24, True), (25, False)])
def test_a_token_is_good_for_an_hour_to_a_day(hours: int, good: bool) -> None:
    if good:
        assert Oidc(callback="/", token_hours=hours).token_hours == hours
        return
    with pytest.raises(ValueError, match=f"token_hours {hours} is not between 1 and 24"):
        Oidc(callback="/", token_hours=hours)


@pytest.mark.parametrize(("kind", "least"), [("hex", 16), ("password", 24), ("given", 1)])
def test_each_kind_of_secret_has_its_shortest(kind: Any, least: int) -> None:
    assert Rule(kind=kind, size=least).size == least
    with pytest.raises(ValueError, match=f"'{kind} {least - 1}' is too short; use at least {least}"):
        Rule(kind=kind, size=least - 1)


@pytest.mark.parametrize(("kind", "size"), [("password", 24), ("given", 8)])
def test_a_value_of_the_least_length_is_good_and_a_shorter_one_is_not(kind: Any, size: int) -> None:
    rule = Rule(kind=kind, size=size)

    assert rule.problem("x" * size) is None
    assert rule.problem("x" * (size - 1)) == f"must have at least {size} characters"


def test_two_services_or_secrets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="service 'web' is declared twice; give one of them another name"):
        record(services=(service(), service("worker"), service()))
    key = Secret(name="KEY", rule=Rule(kind="given", size=8))
    with pytest.raises(ValueError, match="secret 'KEY' is declared twice"):
        record(secrets=(key, replace(key, name="OTHER"), key))


@pytest.mark.parametrize("port", [25, 587, 2525, 2587])
def test_a_mail_server_that_begins_in_the_clear_is_refused(port: int) -> None:
    with pytest.raises(
        ValueError,
        match=f"^smtp_port: {port} begins without TLS; .* from the first byte, mostly 465, in group_data$",
    ):
        replace(example_site(), smtp_port=port)
    assert replace(example_site(), smtp_port=port + 1).smtp_port == port + 1


def measured(name: str, *, host_network: bool, **more: Any) -> Service:
    because = "It measures the host." if host_network else ""
    return replace(
        service(), metrics=Metrics(port=9100), host_network=host_network, because=because, name=name, **more
    )


def test_a_service_on_the_hosts_network_takes_the_port_of_its_metrics() -> None:
    agent = record("agent", group="all", services=(measured("agent", host_network=True),))
    other = record("other", services=(service(ports=(Port(host=9100, container=80),)),))

    with pytest.raises(
        ValueError, match="group 'tools': port '9100/tcp' is declared twice, by agent and other"
    ):
        views.validated((agent, other))


def test_a_service_on_a_network_of_its_own_takes_the_ports_that_it_publishes_alone() -> None:
    inner = record("inner", services=(measured("inner", host_network=False),))
    other = record("other", services=(service(ports=(Port(host=9100, container=80),)),))

    assert views.validated((inner, other)) == (inner, other)


def test_routes_of_one_name_differ_by_their_paths_or_their_domain() -> None:
    route = Route(host="wiki", domain="public", service="web", port=80)
    apps = (
        replace(BLOG, name="one", routes=(route, replace(route, paths=("/hooks",)))),
        replace(BLOG, name="two", routes=(replace(route, domain="ops"),)),
    )

    assert views.validated(apps) == apps
    with pytest.raises(ValueError, match=r"route 'wiki/hooks \(public\)' is declared twice, by one and two"):
        views.validated((apps[0], replace(apps[1], routes=(replace(route, paths=("/hooks",)),))))


def test_two_paths_of_a_route_are_told_apart_from_two_routes() -> None:
    both = replace(Route(host="wiki", domain="public", service="web", port=80), paths=("/a", "/b"))
    apps = (replace(BLOG, name="one", routes=(both,)), replace(BLOG, name="two", routes=(both,)))

    with pytest.raises(
        ValueError, match=r"^route 'wiki/a,/b \(public\)' is declared twice, by one and two; "
    ):
        views.validated(apps)


def test_one_identity_provider_is_as_many_as_there_may_be() -> None:
    provider = app("authentik")
    other = replace(BLOG, name="other", login_provider=True)

    assert views.validated((provider, replace(other, present=False)))
    with pytest.raises(ValueError, match=r"^more than one app is the login provider$"):
        views.validated((provider, other))


@pytest.mark.parametrize(
    ("address", "good"), [("203.0.113.7/32", True), ("2001:bc8::/32", True), ("home", False)]
)
def test_operators_come_from_networks(address: str, good: bool) -> None:
    if good:
        assert replace(example_site(), operator_addresses=(address,)).operator_addresses == (address,)
        return
    with pytest.raises(ValueError, match=rf"operator_addresses\[1\] is '{address}'"):
        replace(example_site(), operator_addresses=("10.0.0.0/24", address))


@pytest.mark.parametrize("repository", ["redis", "library/redis", "docker.io", "library/docker.io"])
def test_an_image_names_its_registry_and_what_it_has_there(repository: str) -> None:
    with pytest.raises(ValueError, match=f"^image '{repository}' names no registry; write it in full, "):
        Image(repository=repository, tag="1.0")


def test_what_says_nothing_is_refused_by_what_it_leaves_out() -> None:
    with pytest.raises(ValueError, match=r"^a health check needs a command that exists inside the image$"):
        Health(command=(), start_seconds=1)
    with pytest.raises(ValueError, match=r"^what is run in service 'web' needs a command$"):
        Exec(service="web", command=(), seconds=1)
    with pytest.raises(ValueError, match=r"^app 'blog' has no service$"):
        record(services=())


def test_a_service_has_a_name_that_can_stand_in_an_address() -> None:
    with pytest.raises(ValueError, match=r"^service 'Web': name is 'Web'; write lower-case letters"):
        service("Web")


def test_every_right_that_needs_a_reason_is_named() -> None:
    words = "runs as root and writes its own image"
    with pytest.raises(ValueError, match=f"^service 'web' {words}; say in `because` why it must$"):
        replace(service(), user="0:0", read_only=False)


def test_two_volumes_of_one_name_are_refused() -> None:
    volume = Volume(name="data", owner="1:1", backup=True)
    with pytest.raises(ValueError, match=r"^app 'blog': volume 'data' is declared twice; "):
        record(volumes=(volume, volume))
