"""What follows from the records, exactly."""

from dataclasses import replace

import pytest

from catalogue import APPS, views
from catalogue.model import App, Port, Site
from tests.support.site import HOSTS, app


def test_an_app_is_reached_at_its_first_route(site: Site) -> None:
    assert views.url(app("outline"), site) == "https://wiki.example.org"


def test_people_log_in_at_the_login_provider(site: Site) -> None:
    assert views.identity_provider(APPS, site) == "https://gateway.example.org"


def test_a_host_runs_what_is_for_all_and_for_its_groups() -> None:
    apps = [app(name) for name in ("traefik", "node-exporter", "authentik", "prometheus", "outline")]
    names = {host.name: [each.name for each in views.on_host(apps, host)] for host in HOSTS}

    assert names == {
        "tools-prod": ["traefik", "node-exporter", "outline"],
        "management": ["traefik", "node-exporter", "prometheus"],
        "authentik-prod": ["traefik", "node-exporter", "authentik"],
    }


def test_a_database_a_bucket_a_login_and_mail_bring_their_secrets() -> None:
    names = [secret.name for secret in views.secrets(app("outline"), APPS)]

    assert names == [
        "SECRET_KEY",
        "UTILS_SECRET",
        "DATABASE_PASSWORD",
        "OIDC_CLIENT_SECRET",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "SMTP_USERNAME",
        "SMTP_PASSWORD",
    ]


def test_partners_are_the_identity_provider_and_its_clients() -> None:
    provider = app("authentik")
    clients = {each.name for each in APPS if each.oidc and each.present}

    assert views.partners(provider, APPS) == dict.fromkeys(clients, frozenset({"OIDC_CLIENT_SECRET"}))
    assert views.partners(app("outline"), APPS) == {"authentik": frozenset({"OUTLINE_CLIENT_SECRET"})}
    assert views.shared(app("outline"), provider, APPS) == {"OIDC_CLIENT_SECRET"}
    assert views.partners(app("redis"), APPS) == {}
    assert views.partners(replace(app("outline"), present=False), APPS) == {}


def test_the_identity_provider_reads_each_clients_secret_where_the_app_reads_it() -> None:
    secret = next(
        each for each in views.secrets(app("authentik"), APPS) if each.name == "OUTLINE_CLIENT_SECRET"
    )

    assert (secret.bundle, secret.key) == ("outline", "OIDC_CLIENT_SECRET")


def test_the_database_administrators_password_belongs_to_no_app() -> None:
    wanted = views.all_secrets(APPS)

    assert [secret.bundle for secret in wanted["databases"]] == ["postgres"]
    assert not [
        name for name, secrets in wanted.items() if name != "databases" and views.DATABASE_ADMIN in secrets
    ]


def test_a_login_becomes_a_client_of_the_identity_provider(site: Site) -> None:
    (client,) = views.oidc_clients((app("authentik"), app("outline")), site)

    assert (client.client_id, client.redirect_uris, client.secret_variable) == (
        "outline",
        ("https://wiki.example.org/auth/oidc.callback",),
        "OUTLINE_CLIENT_SECRET",
    )


def test_every_host_of_an_app_is_scraped_at_its_private_address(site: Site) -> None:
    apps = [app(name) for name in ("traefik", "node-exporter", "authentik", "prometheus")]
    found = {(target.job, target.address) for target in views.scrape_targets(apps, site)}

    assert found == {
        ("docker", "10.0.0.2:9323"),
        ("docker", "10.0.0.3:9323"),
        ("docker", "10.0.0.5:9323"),
        ("traefik", "10.0.0.2:8082"),
        ("traefik", "10.0.0.3:8082"),
        ("traefik", "10.0.0.5:8082"),
        ("node-exporter", "10.0.0.2:9100"),
        ("node-exporter", "10.0.0.3:9100"),
        ("node-exporter", "10.0.0.5:9100"),
        ("authentik-server", "10.0.0.2:9300"),
        ("authentik-worker", "10.0.0.2:9301"),
        ("prometheus", "10.0.0.5:9090"),
    }


def test_metrics_are_asked_for_at_the_private_address_and_port_of_the_host_that_collects_them(
    site: Site,
) -> None:
    prometheus = app("prometheus")
    port = Port(host=9099, container=9090)
    moved = replace(prometheus, group="tools", services=(replace(prometheus.services[0], ports=(port,)),))

    assert views.collectors(APPS, site) == {"management": "http://10.0.0.5:9090"}
    assert views.collectors((moved,), site) == {"tools-prod": "http://10.0.0.3:9099"}
    assert views.collectors((replace(moved, present=False),), site) == {}
    assert views.alert_senders(APPS, site) == {"management": "http://10.0.0.5:9093"}
    assert views.log_stores(APPS, site) == {"management": "http://10.0.0.5:3100"}


def test_what_depends_on_what_follows_from_the_records(site: Site) -> None:
    found = views.causes(APPS, site)
    names = {each.name for each in APPS if each.database and not each.database.statistics}

    assert (found.edge, found.logs, found.login) == ("traefik", "loki", "authentik")
    assert found.login_hosts == ("authentik-prod",)
    assert found.behind_login == ("authentik", "n8n", "wobbler")
    assert set(found.on_database) == names | {"wobbler"}
    apart = [replace(each, database=None) if each.login_provider else each for each in APPS]
    assert "wobbler" not in views.causes(apart, site).on_database


def test_what_must_be_saved_is_a_database_a_bucket_and_the_volumes_marked_so(site: Site) -> None:
    found = {each.app.name: each for each in views.backups(APPS, site)}
    outline, leantime, traefik = found["outline"], found["leantime"], found["traefik"]

    assert (outline.database, outline.bucket, outline.volumes) == ("outline", "guildhall-test-outline", ())
    assert outline.hosts == ()
    assert (leantime.database, leantime.bucket) == ("", "")
    assert leantime.volumes == ("mariadb", "files", "public-files", "plugins")
    assert [host.name for host in leantime.hosts] == ["tools-prod"]
    assert traefik.hosts == HOSTS
    assert "prometheus" not in found


def test_every_public_name_is_probed_once(site: Site) -> None:
    found = {probe.address: probe for probe in views.probes(APPS, site)}

    assert found["https://wiki.example.org/"].app == "outline"
    assert found["https://wiki.example.org/"].host == "tools-prod"
    assert len(found) == len(views.probes(APPS, site))
    assert len(found) == len({(route.host, route.domain) for each in APPS for route in each.routes})


@pytest.mark.parametrize(
    "gone", [each for each in APPS if not (each.edge or each.login_provider)], ids=lambda each: each.name
)
def test_a_retired_app_leaves_no_trace_in_any_view(gone: App, site: Site) -> None:
    apps = tuple(replace(each, present=each != gone) for each in APPS)
    clients = (views.oidc_clients, views.saml_clients, views.forward_auth_clients)

    assert gone.name not in [client.app.name for view in clients for client in view(apps, site)]
    assert gone.name not in views.all_secrets(apps)
    assert f"{views.variable(gone)}_CLIENT_SECRET" not in [
        secret.name for secret in views.secrets(app("authentik"), apps)
    ]
    assert gone.name not in [each.app.name for each in views.backups(apps, site)]
    assert gone.name not in [each.job for each in views.scrape_targets(apps, site)]
    assert gone.name not in [each.app for each in views.probes(apps, site)]
