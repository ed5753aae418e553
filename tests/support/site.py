"""A site of plain values, the real catalogue, and secrets that satisfy their rules."""

from dataclasses import replace
from functools import cache

from catalogue import APPS, views
from catalogue.model import App, Host, Site, Upgrade
from tasks.stacks import Release, build
from tasks.templates import Templates

TEMPLATES = Templates()
"""One for all tests: each compiles what it renders."""
HOSTS = (
    Host(name="tools-prod", groups=("tools",), private_ip="10.0.0.3", public_ip="203.0.113.3"),
    Host(name="management", groups=("management",), private_ip="10.0.0.5", public_ip="203.0.113.5"),
    Host(name="authentik-prod", groups=("authentik",), private_ip="10.0.0.2", public_ip="203.0.113.2"),
)


@cache
def example_site() -> Site:
    """Three hosts, two domains, and a digest of every image."""
    return Site(
        environment="test",
        organisation="guildhall",
        domains={"public": "example.org", "ops": "example.cc"},
        wildcards={"public": "tools"},
        hosts=HOSTS,
        timezone="Europe/Paris",
        network="10.0.0.0/24",
        docker_address_pool="172.20.0.0/14",
        image_mirror="",
        image_digests=dict.fromkeys(views.images(APPS), f"sha256:{'0' * 64}"),
        operator_addresses=(),
        reboots={"tools": "Sun 03:00", "management": "Sun 03:30", "authentik": "Sun 04:00"},
        mfa_groups=("grafana", "n8n"),
        acme_server="https://acme.example.net/directory",
        acme_email="ops@example.org",
        alerts_email="alerts@example.org",
        postgres_host="10.0.0.9",
        postgres_port=5432,
        s3_endpoint="https://s3.example.net",
        s3_region="fr-par",
        smtp_host="smtp.example.net",
        smtp_port=465,
        mail_from="noreply@example.org",
    )


def app(name: str) -> App:
    """A record of the real catalogue."""
    return next(each for each in APPS if each.name == name)


def at_version(record: App, tag: str, upgrade: Upgrade | None = None) -> App:
    """The record with another tag of the image that gives it its version, and another way to upgrade."""
    first, *others = record.services
    services = (replace(first, image=replace(first.image, tag=tag)), *others)
    return replace(record, services=services, upgrade=upgrade or record.upgrade)


def secrets_of(record: App, apps: tuple[App, ...] = APPS) -> dict[str, str]:
    """A good value for every secret of an app, each another one."""
    names = (name for secret in views.secrets(record, apps) for name in secret.variables)
    return {name: f"{name.lower()}-".ljust(80, "5") for name in names}


def release_of(
    record: App, site: Site, *, secrets: dict[str, str] | None = None, templates: Templates | None = None
) -> Release:
    """The release of an app for the first host of its group."""
    apps = tuple(record if each.name == record.name else each for each in APPS)
    values = secrets_of(record, apps) if secrets is None else secrets
    host = site.hosts_of(record.group)[0]
    return build(
        record, apps if record in apps else (*apps, record), site, host, values, templates or TEMPLATES
    )
