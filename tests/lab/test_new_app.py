"""One record and one template folder make an app with all that an app has; one word of it makes it go."""

from collections.abc import Iterator

import pytest
import requests

from lab import layout
from tests.lab.browser import browser, follow
from tests.lab.conftest import Site
from tests.lab.minutes import BUCKET, HOST, NewApp, choices, forget, logged, measured, soon
from tests.lab.projects import plain_copy
from tests.lab.running import ROOT, Lab, Run, guildhall
from tests.lab.test_databases import as_superuser
from tests.lab.test_object_storage import connected

URL = f"https://minutes.{layout.PUBLIC_DOMAIN}"
GATEWAY = f"https://gateway.{layout.PUBLIC_DOMAIN}"
DNS_RECORD = f"minutes.{layout.PUBLIC_DOMAIN} A {layout.TOOLS.address}"


@pytest.fixture(scope="module")
def new(lab: Lab, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewApp]:
    """Deployed; afterwards gone with its data, and the site is what the real catalogue wants."""
    forget(lab)
    made = NewApp(lab, plain_copy(tmp_path_factory.mktemp("new") / "project"))
    yield made
    if made.present:
        made.retire()
    forget(lab)
    for back in (guildhall(ROOT, "dns", "apply"), lab.deploy("site", "-y")):
        assert back.code == 0, back.output


@pytest.fixture(scope="module")
def retired(new: NewApp) -> Run:
    return new.retire()


def test_its_missing_secrets_are_named_and_made(new: NewApp) -> None:
    names = ("SECRET_KEY", "UTILS_SECRET", "DATABASE_PASSWORD", "OIDC_CLIENT_SECRET")

    assert new.missing.code == 1
    for name in names:
        assert f"minutes: {name} (minutes/{name}) is missing; type" in new.missing
        assert f"minutes/{name} generated" in new.generated
    assert "authentik: MINUTES_CLIENT_SECRET (minutes/OIDC_CLIENT_SECRET) is missing" in new.missing
    assert guildhall(new.root, "secrets", "check").code == 0


def test_its_public_name_is_missing_and_then_there(new: NewApp) -> None:
    assert f"{DNS_RECORD}: missing" in new.nameless
    assert new.named.code == 0, new.named.output
    assert guildhall(new.root, "dns", "check").code == 0


def test_it_answers_by_its_name_with_a_certificate_of_the_authority(new: NewApp) -> None:
    assert new.deployed.code == 0, new.deployed.output
    with browser() as session:
        assert session.get(f"{URL}/_health", timeout=20).text == "OK"


def test_it_has_a_database_of_its_own_and_its_row_is_in_it(new: NewApp) -> None:
    assert as_superuser("SELECT key FROM double_row", "minutes") == "first start"
    owner = as_superuser("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'minutes'")
    assert owner == "minutes"


def test_it_has_a_private_versioned_bucket_and_its_file_is_in_it(new: NewApp) -> None:
    file = "double/check.txt"
    stranger = requests.get(f"{layout.S3_LOCAL}/{BUCKET}/{file}", verify=str(layout.CA_PEM), timeout=10)

    assert connected().get_object(Bucket=BUCKET, Key=file)["Body"].read() == b"written by a double\n"
    assert connected().get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert stranger.status_code == 403


def test_a_member_of_its_group_logs_in_and_nobody_else(new: NewApp) -> None:
    with browser() as session:
        page = follow(session, f"{URL}/auth/oidc", "alice")
    with browser() as session:
        refused = follow(session, f"{URL}/auth/oidc", "mallory")

    assert (page.status_code, page.url.partition("?")[0]) == (200, f"{URL}/auth/oidc.callback")
    assert page.json()["preferred_username"] == "alice"
    assert (refused.status_code, "Permission denied" in refused.text) == (403, True)


def test_its_secrets_are_in_a_file_for_root_alone(lab: Lab, new: NewApp) -> None:
    shown = lab.ssh(HOST, "stat -L -c '%a %U:%G' /opt/minutes/.env; cut -d= -f1 /opt/minutes/.env | sort")

    assert shown.split("\n", 1)[0] == "600 root:root"
    assert shown.split()[2:] == [
        "DATABASE_PASSWORD",
        "OIDC_CLIENT_SECRET",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "SECRET_KEY",
        "SMTP_PASSWORD",
        "SMTP_USERNAME",
        "UTILS_SECRET",
    ]


def test_the_operators_buttons_offer_to_save_it(lab: Lab, new: NewApp) -> None:
    databases, buckets = choices(lab, "database_backup", "database")
    servers, volumes = choices(lab, "disk_snapshot", "server")

    assert "minutes" in databases
    assert BUCKET in buckets
    assert HOST in servers
    assert "minutes (files)" in volumes


def test_prometheus_scrapes_it_and_asks_its_address_as_a_visitor(lab: Lab, new: NewApp) -> None:
    probe = f'probe_success{{app="minutes", instance="{URL}/"}}'
    soon(lambda: measured(lab, 'up{job="minutes"}', new.began), ["1"])
    soon(lambda: measured(lab, probe, new.began), ["1"])
    assert measured(lab, 'node_exporter_build_info{job="minutes"}', new.began) == ["1"]


def test_its_lines_are_in_loki_under_its_name(lab: Lab, new: NewApp) -> None:
    soon(lambda: logged(lab, new.began), {"minutes", "redis", "numbers"})


def test_a_retired_app_serves_nobody_and_leaves_nothing_running(lab: Lab, retired: Run) -> None:
    assert "minutes: retired; its volumes are kept" in retired
    assert retired.code == 0, retired.output
    assert "minutes" not in lab.ssh(HOST, "docker ps -a --format '{{.Names}}'; ls /opt/traefik/live/routes")
    assert lab.ssh(HOST, "ls /opt/minutes; ls /opt/minutes/releases 2>/dev/null", check=False).split() == [
        "live"
    ]
    asked = f"curl -sko /dev/null -w '%{{http_code}}' --connect-to ::{layout.TOOLS.address}: {URL}/"
    assert lab.ssh(HOST, asked) == "404"


def test_the_gateway_no_longer_knows_a_retired_app(retired: Run) -> None:
    page = "{}/application/o/{}/.well-known/openid-configuration"
    with browser() as session:
        known = [
            session.get(page.format(GATEWAY, name), timeout=20).status_code for name in ("outline", "minutes")
        ]

    assert known == [200, 404]


def test_a_retired_app_is_neither_scraped_nor_probed_nor_offered_to_be_saved(lab: Lab, retired: Run) -> None:
    targets = f"curl -sf 'http://{layout.MANAGEMENT.address}:9090/api/v1/targets?state=active'"
    soon(lambda: "minutes" in lab.ssh("management", targets), False)

    assert "minutes" not in str(choices(lab, "database_backup", "database"))
    assert "minutes" not in str(choices(lab, "disk_snapshot", "server"))


def test_the_name_of_a_retired_app_is_taken_away_by_the_command_that_made_it(
    new: NewApp, retired: Run
) -> None:
    assert f"{DNS_RECORD}: unused, ours to remove" in guildhall(new.root, "dns", "check")
    assert guildhall(new.root, "dns", "apply").code == 0
    after = guildhall(new.root, "dns", "check")
    assert (after.code, "minutes" in after) == (0, False)


def test_the_data_of_a_retired_app_is_kept(lab: Lab, retired: Run) -> None:
    assert "minutes_files" in lab.ssh(HOST, "docker volume ls -q").split()
    assert as_superuser("SELECT key FROM double_row", "minutes") == "first start"
    assert connected().list_object_versions(Bucket=BUCKET)["Versions"]
