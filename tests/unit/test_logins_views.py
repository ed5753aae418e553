"""Clients of the identity provider, what tells that it knows them, and other views: exactly."""

from dataclasses import replace

import pytest

from catalogue import APPS, views
from catalogue.model import Site, Volume
from tests.support.site import HOSTS, app

PROVIDER = app("authentik")
OTHERS = tuple(each for each in APPS if not each.login_provider)


def test_a_client_by_oidc_has_its_address_its_way_back_and_its_secret(site: Site) -> None:
    (client,) = views.oidc_clients((PROVIDER, app("outline"), app("redis")), site)

    assert client.app == app("outline")
    assert client.launch_url == "https://wiki.example.org"
    assert client.redirect_uris == ("https://wiki.example.org/auth/oidc.callback",)


def test_a_client_by_saml_has_the_address_that_answers_are_posted_to(site: Site) -> None:
    (client,) = views.saml_clients(APPS, site)

    assert client.app == app("zabbix")
    assert client.acs_url == "https://zabbix.example.cc/index_sso.php?acs"
    assert client.launch_url == "https://zabbix.example.cc"


def test_a_client_that_the_edge_checks_has_its_public_address(site: Site) -> None:
    found = views.forward_auth_clients(APPS, site)

    assert [(each.app.name, each.external_host) for each in found] == [
        ("n8n", "https://n8n.example.cc"),
        ("wobbler", "https://wobbler.example.cc"),
    ]


def test_a_retired_app_is_no_client_of_any_kind(site: Site) -> None:
    gone = tuple(replace(each, present=False) for each in OTHERS)
    clients = (views.oidc_clients, views.saml_clients, views.forward_auth_clients)

    assert [view((PROVIDER, *gone), site) for view in clients] == [(), (), ()]


def test_each_way_in_has_a_page_that_tells_that_the_app_is_known(site: Site) -> None:
    def pages(name: str) -> tuple[str, ...]:
        return views.pages_of_known(app(name), APPS, site)

    base = "https://gateway.example.org/application"
    assert pages("outline") == (f"{base}/o/outline/.well-known/openid-configuration",)
    assert pages("zabbix") == (f"{base}/saml/zabbix/metadata/",)
    assert pages("n8n") == ("http://n8n.example.cc/outpost.goauthentik.io/start@10.0.0.2:9000",)
    assert pages("redis") == ()


def test_a_retired_provider_is_none_and_the_next_one_counts(site: Site) -> None:
    retired = replace(PROVIDER, present=False)
    route = replace(PROVIDER.routes[0], host="login", port=9999)
    other = replace(PROVIDER, name="other", group="tools", routes=(route,))
    apps = (retired, other)

    assert views.identity_provider(apps, site) == "https://login.example.org"
    assert views.identity_provider_address(apps, site) == "10.0.0.3"
    assert views.forward_auth_address(apps, site) == "http://10.0.0.3:9999"
    assert views.issuer(app("outline"), apps, site) == "https://login.example.org/application/o/outline/"


def test_an_app_shares_a_network_with_the_edge_only_where_the_edge_has_business_there() -> None:
    redis = app("redis")
    nobody = replace(redis.services[0], on_edge=False)

    assert views.edge_network(app("outline"), APPS) == "traefik_to_outline"
    assert views.edge_network(redis, APPS) == "traefik_to_redis"
    assert views.edge_network(replace(redis, services=(nobody,)), APPS) == ""


def test_a_retired_edge_serves_nothing() -> None:
    gone = replace(app("traefik"), present=False)
    other = replace(app("traefik"), name="caddy")

    assert views.edge((gone, other)) == other


def test_a_name_that_many_hosts_answer_is_of_no_single_one(site: Site) -> None:
    everywhere = replace(app("outline"), group="all")

    assert [each.host for each in views.probes((everywhere,), site)] == [""]
    assert [each.host for each in views.probes((app("outline"),), site)] == ["tools-prod"]


def test_one_measured_service_has_the_name_of_its_app_and_several_have_their_own(site: Site) -> None:
    def jobs(name: str) -> set[tuple[str, str, str]]:
        found = views.scrape_targets((app(name),), site)
        return {(each.job, each.path, each.host) for each in found if each.job != "docker"}

    assert jobs("grafana") == {("grafana", "/metrics", "management")}
    assert jobs("authentik") == {
        ("authentik-server", "/metrics", "authentik-prod"),
        ("authentik-worker", "/metrics", "authentik-prod"),
    }
    engines = [each for each in views.scrape_targets((), site) if each.job == "docker"]
    assert [(each.address, each.path, each.host) for each in engines] == [
        (f"{host.private_ip}:9323", "/metrics", host.name) for host in HOSTS
    ]


def test_images_are_named_once_in_the_order_of_the_catalogue_and_of_present_apps_alone() -> None:
    outline, retired = app("outline"), replace(app("grafana"), present=False)
    own = [service.image.reference for service in outline.services]

    assert views.images((outline, retired, app("nextcloud"), outline))[: len(own)] == tuple(own)
    assert len(set(views.images(APPS))) == len(views.images(APPS))
    assert views.images((retired,)) == ()


def test_every_app_with_a_bucket_has_a_key_of_its_own_and_none_has_the_operators() -> None:
    for record in views.present(APPS):
        own = [each for each in views.secrets(record, APPS) if each.name.startswith("S3_")]

        assert [each.name for each in own] == ["S3_ACCESS_KEY", "S3_SECRET_KEY"] * bool(record.bucket)
        assert {each.bundle for each in own} <= {None}
        assert all(each.bundle != "s3" for each in views.secrets(record, APPS))


def test_every_app_that_mails_has_an_account_of_its_own() -> None:
    for record in views.present(APPS):
        own = [each for each in views.secrets(record, APPS) if each.name.startswith("SMTP_")]

        assert [each.name for each in own] == ["SMTP_USERNAME", "SMTP_PASSWORD"] * record.mail
        assert {each.bundle for each in own} <= {None}


def test_what_an_app_does_not_have_brings_no_secret() -> None:
    plain = replace(app("outline"), database=None, oidc=None, bucket=None, mail=False, secrets=())

    assert views.secrets(plain, APPS) == ()
    assert [each.name for each in views.secrets(replace(plain, mail=True), APPS)] == [
        "SMTP_USERNAME",
        "SMTP_PASSWORD",
    ]


def test_generated_secrets_are_passwords_of_forty_characters() -> None:
    made = {each.name: each for each in views.secrets(app("outline"), APPS)}
    known = {each.name: each for each in views.secrets(PROVIDER, APPS)}

    for secret in (
        made["DATABASE_PASSWORD"],
        made["OIDC_CLIENT_SECRET"],
        known["OUTLINE_CLIENT_SECRET"],
    ):
        assert (secret.rule.kind, secret.rule.size) == ("password", 40)


def test_keys_that_a_deploy_makes_things_with_are_of_present_apps_alone() -> None:
    retired = tuple(replace(each, present=False) for each in APPS)

    assert views.all_secrets(retired) == {}
    assert views.all_secrets((app("grafana"),)).keys() == {"grafana", "databases"}
    assert views.provisioning_secrets([app("loki")]) == {
        "buckets": (*views.BUCKET_KEYS, views.principal(app("loki")))
    }
    assert views.provisioning_secrets([app("redis")]) == {}


@pytest.mark.parametrize(("name", "role", "variable"), [("out-line-2", "out_line_2", "OUT_LINE_2")])
def test_names_for_sql_and_for_variables_have_no_dash(name: str, role: str, variable: str) -> None:
    record = replace(app("redis"), name=name)

    assert (views.role(record), views.variable(record)) == (role, variable)
    assert views.alias(record, "web") == f"{name}-web"


def test_one_thing_to_save_is_enough(site: Site) -> None:
    outline = app("outline")
    volume = Volume(name="data", owner="1:1", backup=True)
    nothing = replace(outline, database=None, bucket=None, volumes=(replace(volume, backup=False),))
    ways = [
        replace(nothing, database=outline.database),
        replace(nothing, bucket=outline.bucket),
        replace(nothing, volumes=(volume,)),
    ]

    assert views.backups((nothing,), site) == ()
    assert [(each.database, each.bucket, each.volumes, each.hosts) for each in views.backups(ways, site)] == [
        ("outline", "", (), ()),
        ("", "guildhall-test-outline", (), ()),
        ("", "", ("data",), HOSTS[:1]),
    ]
