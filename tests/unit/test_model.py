"""Wrong records cannot be built, and each refusal says what to do."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import App, Health, Image, Oidc, Port, Route, Rule, Saml, Secret, Service, Upgrade
from tests.support.site import app

ANY = Upgrade(step="any", one_way=False)
HEALTH = Health(command=("true",), start_seconds=1)
IMAGE = Image(repository="docker.io/example/redis", tag="8.10.1")


def service(name: str = "web", **more: Any) -> Service:
    return Service(name=name, image=IMAGE, health=HEALTH, memory_mb=64, user="1:1", **more)


BASE64 = "must be 16 bytes in base64, as `openssl rand -base64 16` prints them"
BLOG = App(name="blog", purpose="A blog.", group="tools", upgrade=ANY, services=(service(),))


def record(name: str = "blog", **changes: Any) -> App:
    return replace(BLOG, name=name, **changes)


@pytest.mark.parametrize("tag", ["latest", "stable", "", "edge"])
def test_an_image_without_a_version_is_refused(tag: str) -> None:
    with pytest.raises(
        ValueError, match=rf"image 'docker\.io/example/redis:{tag}' is not pinned; write a version"
    ):
        Image(repository="docker.io/example/redis", tag=tag)


def test_an_image_must_name_its_registry() -> None:
    with pytest.raises(ValueError, match=r"'docker\.io/postgres' is short for docker\.io/library/postgres; "):
        Image(repository="docker.io/postgres", tag="15-alpine")
    with pytest.raises(ValueError, match="image 'redis' names no registry; write it in full"):
        Image(repository="redis", tag="8.10.1")


@pytest.mark.parametrize("name", ["Blog", "b", "blog_1", "-blog", "blog-", "blog/../etc", "blög"])
def test_a_name_that_is_no_host_label_is_refused(name: str) -> None:
    with pytest.raises(
        ValueError, match=r"^app '.+': name is '.+'; write lower-case letters, digits and dashes"
    ):
        record(name)


def test_two_services_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="app 'blog': service 'web' is declared twice"):
        record(services=(service(), service()))


def test_a_route_to_a_service_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="app 'blog' has no service 'api'"):
        record(routes=(Route(host="blog", domain="public", service="api", port=80),))


def test_what_shows_dashboards_has_an_address() -> None:
    with pytest.raises(ValueError, match="shows dashboards, but it has no route"):
        record(dashboards=True)


def test_what_collects_metrics_needs_a_port_to_be_asked_at() -> None:
    with pytest.raises(ValueError, match="app 'blog' collects metrics, but its first service has no port"):
        record(collects_metrics=True)


@pytest.mark.parametrize("login", [{"oidc": Oidc(callback="/callback")}, {"saml": Saml(acs="/acs")}])
def test_a_login_needs_a_place_to_come_back_to_and_no_page_where_it_begins(login: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="app 'blog' has a login, but no route that people come back to"):
        record(**login)
    assert record(routes=(Route(host="blog", domain="public", service="web", port=80),), **login)


@pytest.mark.parametrize("number", [0, 65536])
def test_a_port_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"port: host is {number}; write a port between 1 and 65535"):
        Port(host=number, container=80)
    with pytest.raises(ValueError, match=f"port: container is {number}; write a port between 1 and 65535"):
        Port(host=443, container=number)
    assert Port(host=1, container=65535)


def test_two_secrets_of_one_name_are_refused() -> None:
    secret = Secret(name="API_KEY", rule=Rule(kind="given", size=8))
    with pytest.raises(ValueError, match="app 'blog': secret 'API_KEY' is declared twice"):
        record(secrets=(secret, secret))


def test_a_weak_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="secret rule 'hex 8' is too short; use at least 16"):
        Rule(kind="hex", size=8)


def test_a_rule_has_a_size_where_its_kind_has_one() -> None:
    with pytest.raises(ValueError, match="secret rule 'uuid 4': it has no size; drop it"):
        Rule(kind="uuid", size=4)
    with pytest.raises(ValueError, match="secret rule 'base64 0' is too short; use at least 16"):
        Rule(kind="base64")
    with pytest.raises(ValueError, match="secret rule 'keypair 1024' is too short; use at least 2048"):
        Rule(kind="keypair", size=1024)
    assert Rule(kind="keypair")


def test_only_a_key_pair_has_a_public_half_and_its_variable_is_its_own() -> None:
    with pytest.raises(ValueError, match="secret 'KEY': only a keypair has a public half; drop `public`"):
        Secret(name="KEY", rule=Rule(kind="hex", size=32), public="PUBLIC_KEY")
    with pytest.raises(ValueError, match="public is 'public-key'; write an upper-case variable name"):
        Secret(name="KEY", rule=Rule(kind="keypair"), public="public-key")
    pair = Secret(name="KEY", rule=Rule(kind="keypair"), public="PUBLIC_KEY")
    with pytest.raises(ValueError, match="app 'blog': secret 'PUBLIC_KEY' is declared twice"):
        record(secrets=(pair, Secret(name="PUBLIC_KEY", rule=Rule(kind="uuid"))))


def test_a_secret_is_an_environment_variable() -> None:
    with pytest.raises(ValueError, match="name is 'api-key'; write an upper-case variable name"):
        Secret(name="api-key", rule=Rule(kind="given", size=8))


@pytest.mark.parametrize(
    ("rule", "value", "problem"),
    [
        (Rule(kind="hex", size=16), "a" * 32, None),
        (Rule(kind="hex", size=16), "A" * 32, "must be 32 lower-case hexadecimal digits"),
        (Rule(kind="hex", size=16), "a" * 32 + "\n", "must not end with a line's end"),
        (Rule(kind="hex", size=16), "a" * 31 + "é", "must be 32 lower-case hexadecimal digits"),
        (Rule(kind="password", size=24), "ü" * 24, "must be printable ASCII in one line"),
        (Rule(kind="password", size=24), "a" * 24 + "\tb", "must be printable ASCII in one line"),
        (
            Rule(kind="given", size=4),
            "copied\r",
            "must not contain carriage returns, which files from Windows have",
        ),
        (
            Rule(kind="given", size=4),
            "two\r\nlines\r\n",
            "must not contain carriage returns, which files from Windows have",
        ),
        (Rule(kind="given", size=4), "copied\n", "must not end with a line's end"),
        (Rule(kind="given", size=4), "\x1b[31mred", "must not contain control characters"),
        (Rule(kind="given", size=4), "bell\x07", "must not contain control characters"),
        (Rule(kind="given", size=4), "c1\x85control", "must not contain control characters"),
        (Rule(kind="given", size=4), "-----BEGIN KEY-----\nabc\n-----END KEY-----\n", None),
        (Rule(kind="given", size=4), " tab\tand blanks ", None),
        (Rule(kind="given", size=8), "short", "must have at least 8 characters"),
        (Rule(kind="given", size=4), "nul\0nul", "must not contain control characters"),
        (Rule(kind="given", size=8), 'ü "quoted" $x', None),
        (Rule(kind="base64", size=16), "AAECAwQFBgcICQoLDA0ODw==", None),
        (Rule(kind="base64", size=16), "AAECAwQFBgcICQoLDA0ODw", BASE64),
        (Rule(kind="base64", size=16), "AAECAwQFBgcICQoLDA0O", BASE64),
        (Rule(kind="base64", size=16), "not base64, by its commas", BASE64),
        (Rule(kind="base64", size=16), "ÄÖÜ", BASE64),
        (Rule(kind="uuid"), "0b1c2d3e-4f50-4161-8273-8495a6b7c8d9", None),
        (Rule(kind="uuid"), "0B1C2D3E-4F50-4161-8273-8495A6B7C8D9", "must be a UUID in lower case"),
    ],
)
def test_a_rule_says_what_is_wrong_without_showing_the_value(
    rule: Rule, value: str, problem: str | None
) -> None:
    assert problem == rule.problem(value)


def test_two_apps_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="app 'blog' is declared twice; give one of them another name"):
        views.validated((record(), record()))


def test_two_apps_on_one_hostname_are_refused() -> None:
    route = (Route(host="wiki", domain="public", service="web", port=80),)
    with pytest.raises(ValueError, match=r"route 'wiki \(public\)' is declared twice"):
        views.validated((record("one", routes=route), record("two", routes=route)))


def test_two_apps_of_one_host_cannot_publish_the_same_port() -> None:
    ports = (Port(host=9000, container=80),)
    everywhere = record("one", group="all", services=(service(ports=ports),))
    with pytest.raises(ValueError, match="group 'tools': port '9000/tcp' is declared twice"):
        views.validated((everywhere, record("two", services=(service(ports=ports),))))


def test_the_same_port_on_different_hosts_is_fine() -> None:
    ports = (Port(host=9000, container=80),)
    apps = (
        record("one", services=(service(ports=ports),)),
        record("two", group="management", services=(service(ports=ports),)),
    )

    assert apps == views.validated(apps)


def test_a_retired_app_frees_its_name_for_routes() -> None:
    route = (Route(host="wiki", domain="public", service="web", port=80),)
    apps = (record("old", routes=route, present=False), record("new", routes=route))

    assert apps == views.validated(apps)


def test_two_identity_providers_are_refused() -> None:
    with pytest.raises(ValueError, match="more than one app is the login provider"):
        views.validated(
            (
                app("authentik"),
                replace(app("authentik"), name="other", routes=()),
            )
        )


@pytest.mark.parametrize("each", APPS, ids=lambda each: each.name)
def test_every_app_of_the_catalogue_says_what_it_is_for(each: App) -> None:
    assert each.purpose.endswith(".")
    assert len(each.purpose.split()) >= 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"user": "0:0"}, "runs as root"),
        ({"read_only": False}, "writes its own image"),
        ({"capabilities": ("CHOWN",)}, "keeps capabilities"),
        ({"host_network": True}, "sees the host's network"),
    ],
)
def test_a_service_with_more_rights_than_others_must_say_why(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"service 'web' {words}; say in `because` why it must"):
        replace(service(), **more)

    assert replace(service(), because="It cannot do without.", **more).extra_rights == [words]


def test_only_a_one_shot_has_no_health_check() -> None:
    with pytest.raises(ValueError, match="a service has a health check, and a one-shot has none"):
        replace(service(), health=None)

    assert replace(service(), health=None, one_shot=True).one_shot
