"""What the programs for people are told because their real images want it; each says where that was read."""

import re
from dataclasses import replace
from typing import Any

import pytest

from catalogue.model import Route, Site
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml


def services(name: str, site: Site) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(release_of(app(name), site).files["compose.yaml"])["services"]
    return found


def closed_rule(name: str, site: Site) -> str:
    files = release_of(app(name), site).files
    routes = read_yaml(files[f"live/traefik/routes/{name}.yaml"])
    return str(routes["http"]["routers"][f"{name}-closed"]["rule"])


def test_leantime_takes_no_password_and_no_wish_for_a_new_one_from_outside(site: Site) -> None:
    """Nor by `/index.php/…`, which leads to the same pages, nor below, where methods go by name."""
    rule = closed_rule("leantime", site)

    (pattern,) = re.findall(r"PathRegexp\(`(.+?)`\)", rule)

    for path in ("/auth/login", "/auth/resetPw", "/auth/userInvite", "/install", "/index.php", "/INSTALL"):
        assert re.match(pattern, path)
        assert re.match(pattern, f"/index.php{path}")
    assert rule.endswith(" && !(Path(`/auth/login`) && (Method(`GET`) || Method(`HEAD`)))")


def test_leantimes_accounts_are_closed_after_each_migration(site: Site) -> None:
    record = app("leantime")
    order = [service.name for service in record.services if service.one_shot]
    service = services("leantime", site)["passwords"]

    assert order == ["migrate", "passwords"]
    assert service["image"] == services("leantime", site)["mariadb"]["image"]
    assert "</passwords.sql" in service["entrypoint"][-1]
    assert service["volumes"] == ["./current/passwords.sql:/passwords.sql:ro"]


def test_leantime_asks_the_identity_provider_on_the_private_network(site: Site) -> None:
    """It verifies no certificate (app/Domain/Oidc/Services/Oidc.php, v3.9.8)."""
    assert services("leantime", site)["leantime"]["extra_hosts"] == ["gateway.example.org:10.0.0.2"]


def test_leantimes_sessions_outlive_its_container(site: Site) -> None:
    mounts = services("leantime", site)["leantime"]["volumes"]

    assert "sessions:/var/www/html/storage/framework/sessions" in mounts


def test_a_viewed_path_must_be_a_closed_one() -> None:
    with pytest.raises(ValueError, match="viewed path '/login' is not closed; add it to closed_paths"):
        Route(host="x", domain="public", service="web", port=80, viewed_paths=("/login",))


def test_espocrm_is_well_only_once_apache_answers(site: Site) -> None:
    """`app-check` is content while the installation still makes tables (AppCheck.php, 10.0.0)."""
    command = services("espocrm", site)["espocrm"]["healthcheck"]["test"][-1]

    assert command.startswith("curl -fsS -o /dev/null http://127.0.0.1/ && ")
    assert command.endswith("--clear-groups bin/command app-check")


def test_espocrm_is_told_no_mail_server_in_its_configuration(site: Site) -> None:
    """Since 9.1 it would say that it can send, and send nothing (EmailSender.php, hasSystemSmtp)."""
    files = release_of(app("espocrm"), site).files
    told = b"".join(content for path, content in files.items() if path.startswith("config/")).decode()

    assert "'smtp" not in told
    assert "'outboundEmailFromAddress' => getenv('MAIL_FROM')" in told
    assert "'oidcAuthorizationPrompt' => 'select_account'" in told


def test_espocrms_entry_point_still_installs_and_migrates(site: Site) -> None:
    """It does so for commands that begin with `apache2` (docker-entrypoint.sh); the account comes after."""
    service = services("espocrm", site)["espocrm"]

    assert "exec docker-entrypoint.sh apache2-with-mail.sh" in service["entrypoint"][-1]
    assert "./current/mail/apache2-with-mail.sh:/usr/local/bin/apache2-with-mail.sh:ro" in service["volumes"]
    assert "SMTP_PASSWORD" not in services("espocrm", site)["daemon"]["environment"]


def test_decidim_finds_its_database_by_the_generated_settings_and_by_an_address_alone(site: Site) -> None:
    """An address without a host is laid over `host: localhost` (decidim-generators, database.yml.erb)."""
    given = services("decidim", site)["decidim"]["environment"]

    assert given["DATABASE_URL"] == "postgresql://10.0.0.9:5432/decidim"
    assert given["DATABASE_USERNAME"] == given["PGUSER"] == "decidim"
    assert given["DATABASE_PASSWORD"] == given["PGPASSWORD"] == "${DATABASE_PASSWORD}"  # noqa: S105 - its name


@pytest.mark.parametrize(
    ("addresses", "told"),
    [((), "127.0.0.1"), (("203.0.113.7/32", "198.51.100.0/24"), "203.0.113.7/32,198.51.100.0/24")],
)
def test_decidims_system_pages_are_for_operators_and_never_for_everybody(
    addresses: tuple[str, ...], told: str, site: Site
) -> None:
    """An empty list would be no list (decidim-core, rack_attack)."""
    given = services("decidim", replace(site, operator_addresses=addresses))["decidim"]["environment"]

    assert given["DECIDIM_SYSTEM_ACCESSLIST_IPS"] == told


def test_an_operators_address_that_is_none_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match=r"operator_addresses\[0\] is 'office'; write a network, as in"):
        replace(site, operator_addresses=("office",))


def test_decidims_initiatives_are_asked_only_where_they_are(site: Site) -> None:
    """They are a gem of their own, which the generator leaves out (app_generator.rb)."""
    table = release_of(app("decidim"), site).files["crontab"].decode().splitlines()
    jobs = [line for line in table if "decidim_initiatives:" in line]

    assert len(jobs) == 3
    assert all("! grep -q ' decidim-initiatives (' Gemfile.lock || " in job for job in jobs)


def test_outline_takes_files_of_250_mib(site: Site) -> None:
    """Its default is 1 MB (server/env.ts, v1.9.2)."""
    given = services("outline", site)["outline"]["environment"]

    assert given["FILE_STORAGE_UPLOAD_MAX_SIZE"] == str(250 * 1024 * 1024)


def test_nextcloud_neither_asks_for_its_bucket_nor_makes_it(site: Site) -> None:
    """Its key may not; s3.config.php of the image leaves that at yes, and is read before this file."""
    release = release_of(app("nextcloud"), site)
    name, text = "storage.config.php", release.files["storage.config.php"].decode()

    assert "require __DIR__ . '/s3.config.php';" in text
    assert "$CONFIG['objectstore']['arguments']['verify_bucket_exists'] = false;" in text
    assert max("guildhall.config.php", "s3.config.php", name) == name


def test_nextcloud_never_switches_editing_off_by_itself(site: Site) -> None:
    """One failed daily check would (ONLYOFFICE/onlyoffice-nextcloud, lib/Cron/EditorsCheck.php, 10.0.0)."""
    assert (
        "'editors_check_interval' => 0,"
        in release_of(app("nextcloud"), site).files["guildhall.config.php"].decode()
    )
