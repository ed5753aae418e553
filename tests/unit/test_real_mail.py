"""Mail leaves over TLS that begins with the first byte and is verified: what programs must be told for that.

Where that is read stands beside each. With STARTTLS most go on in the clear if it is not offered, or verify
nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml

# App: the variables that say it, and where the program reads them.
TOLD: Mapping[str, Mapping[str, str]] = {
    # outline/outline v1.9.2, server/emails/mailer.tsx: without SMTP_SECURE it verifies nothing
    "outline": {"SMTP_PORT": "465", "SMTP_SECURE": "true"},
    # nextcloud/server 007be83a96, lib/private/Mail/Mailer.php: everything but `ssl` is STARTTLS if it is
    # offered
    "nextcloud": {"SMTP_PORT": "465", "SMTP_SECURE": "ssl"},
    # Leantime/leantime v3.9.8, app/Core/Mailer.php: handed to PHPMailer, which knows `ssl` and `tls`
    "leantime": {"LEAN_EMAIL_SMTP_PORT": "465", "LEAN_EMAIL_SMTP_SECURE": "ssl"},
    # goauthentik/authentik version/2026.2.2, authentik/stages/email/models.py: Django's, which verifies both
    # ways
    "authentik": {"AUTHENTIK_EMAIL__PORT": "465", "AUTHENTIK_EMAIL__USE_SSL": "true"},
    # n8n-io/n8n, user-management/email/node-mailer: without it STARTTLS, if it is offered
    "n8n": {"N8N_SMTP_PORT": "465", "N8N_SMTP_SSL": "true"},
    # the image is the organisation's own; its record says what it makes of these
    "decidim": {"SMTP_PORT": "465", "SMTP_TLS": "true", "SMTP_STARTTLS_AUTO": "false"},
    # espocrm/espocrm, Core/Mail/Sender/DefaultTransportPreparator.php; the rest is in mail_account.php
    "espocrm": {"SMTP_PORT": "465"},
    # the rest is in alertmanager.yml
    "alertmanager": {},
}
STARTTLS = ("AUTHENTIK_EMAIL__USE_TLS",)


def environment(name: str, site: Site) -> Mapping[str, str]:
    """What the first service of an app is given."""
    record = app(name)
    services = read_yaml(release_of(record, site).files["compose.yaml"])["services"]
    given: Mapping[str, str] = services[record.services[0].name].get("environment", {})
    return given


@pytest.mark.parametrize("name", TOLD)
def test_a_program_begins_tls_with_the_first_byte(name: str, site: Site) -> None:
    given = environment(name, site)

    assert {key: given.get(key) for key in TOLD[name]} == TOLD[name]
    assert not given.keys() & set(STARTTLS)


def test_alertmanager_asks_for_no_starttls_inside_tls(site: Site) -> None:
    """Before 0.31 it does so at port 465 too, and mails nothing (prometheus/alertmanager, notify/email)."""
    told = read_yaml(release_of(app("alertmanager"), site).files["alertmanager.yml"])["global"]

    assert (told["smtp_smarthost"], told["smtp_require_tls"]) == ("smtp.example.net:465", False)
    assert "smtp_force_implicit_tls" not in told


def test_alertmanager_is_told_of_a_port_that_it_does_not_know(site: Site) -> None:
    release = release_of(app("alertmanager"), replace(site, smtp_port=2465))

    assert read_yaml(release.files["alertmanager.yml"])["global"]["smtp_force_implicit_tls"] is True


def test_what_is_looked_at_are_apps_with_mail() -> None:
    assert TOLD.keys() <= {each.name for each in views.present(APPS) if each.mail}


@pytest.mark.parametrize("port", [25, 587, 2525, 2587])
def test_a_port_that_begins_in_the_clear_is_refused(port: int, site: Site) -> None:
    with pytest.raises(ValueError, match=f"smtp_port: {port} begins without TLS; set"):
        replace(site, smtp_port=port)
