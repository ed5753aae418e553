"""One record and one template folder make an app with all that an app has; one word of it makes it go."""

from collections.abc import Iterator
from functools import partial

import pytest
import requests

from lab import layout
from tests.lab.browser import browser, follow
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import IDENTITY_PROVIDER
from tests.lab.managed import as_superuser, s3
from tests.lab.new_app import BUCKET, HOST, NewApp, choices, forget, logged, measured, walls
from tests.lab.running import ROOT, Lab, Outcome, eventually, guildhall

pytestmark = pytest.mark.apps

URL = f"https://agenda.{layout.PUBLIC_DOMAIN}"
DNS_RECORD = f"agenda.{layout.PUBLIC_DOMAIN} A {layout.TOOLS.address}"


@pytest.fixture(scope="module")
def new(lab: Lab, site: FirstRuns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewApp]:
    """Deployed; afterwards gone with its data, and the site is what the real catalogue wants."""
    forget(lab)
    made = NewApp(lab, tmp_path_factory.mktemp("new") / "project")
    yield made
    if made.present:
        made.retire()
    forget(lab)
    for back in (guildhall(ROOT, "dns", "apply"), lab.deploy("site", "-y")):
        assert back.code == 0, back.output


@pytest.fixture(scope="module")
def retired(new: NewApp) -> Outcome:
    return new.retire()


def test_its_missing_secrets_are_named_and_made(new: NewApp) -> None:
    names = ("SECRET_KEY", "UTILS_SECRET", "DATABASE_PASSWORD", "OIDC_CLIENT_SECRET")

    assert new.missing.code == 1
    for name in names:
        assert f"agenda: {name} (agenda/{name}) is missing; type" in new.missing
        assert f"agenda/{name} generated" in new.generated
    assert "authentik: AGENDA_CLIENT_SECRET (agenda/OIDC_CLIENT_SECRET) is missing" in new.missing
    assert (
        "agenda: S3_SECRET_KEY (agenda/S3_SECRET_KEY) is missing; type guildhall secrets generate"
        in new.missing
    )
    assert "issued to 'guildhall lab agenda'" in new.generated
    assert new.guildhall("secrets", "check").code == 0


def test_its_public_name_is_missing_and_then_there(new: NewApp) -> None:
    assert f"{DNS_RECORD}: missing" in new.nameless
    assert new.named.code == 0, new.named.output
    assert new.guildhall("dns", "check").code == 0


def test_it_answers_by_its_name_with_a_certificate_of_the_authority(new: NewApp) -> None:
    def health() -> str:
        try:
            return session.get(f"{URL}/_health", timeout=20).text
        except requests.exceptions.SSLError as error:
            return str(error)  # the edge asks for the certificate once it knows the route

    assert new.deployed.code == 0, new.deployed.output
    with browser() as session:
        assert eventually(health, "OK".__eq__)


def test_the_firewall_lets_through_what_its_record_implies_and_nothing_else(lab: Lab, new: NewApp) -> None:
    after = walls(lab)
    others = {each for each in after - new.before if "agenda" not in each[1]}

    assert {chain for _, chain, _ in after} - {chain for _, chain, _ in new.before} == {
        "to-agenda",
        "in-agenda",
        "out-agenda",
    }
    assert {(host, chain) for host, chain, _ in others} == {
        *((HOST, chain) for chain in ("input", "forward", "entrances", "unnamed-in", "unnamed-out")),
        ("management", "to-prometheus"),
    }
    assert [each for each in others if "agenda" not in each[2] and "9191" not in each[2]] == []
    # The interfaces that are one network stand in one line: it is another now.
    assert {chain for _, chain, _ in new.before - after} == {"forward"}


def test_it_has_a_database_of_its_own_and_its_row_is_in_it(new: NewApp) -> None:
    assert as_superuser("SELECT key FROM double_row", "agenda") == "first start"
    owner = as_superuser("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'agenda'")
    assert owner == "agenda"


def test_it_has_a_private_versioned_bucket_and_its_file_is_in_it(new: NewApp) -> None:
    file = "double/check.txt"
    stranger = requests.get(f"{layout.S3_LOCAL}/{BUCKET}/{file}", verify=str(layout.CA_PEM), timeout=10)

    assert s3().get_object(Bucket=BUCKET, Key=file)["Body"].read() == b"written by a double\n"
    assert s3().get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert stranger.status_code == 403


def test_a_member_of_its_group_logs_in_and_nobody_else(new: NewApp) -> None:
    with browser() as session:
        page = follow(session, f"{URL}/auth/oidc", "alice")
    with browser() as session:
        refused = follow(session, f"{URL}/auth/oidc", "mallory")

    assert (page.status_code, page.url.partition("?")[0]) == (200, f"{URL}/auth/oidc.callback")
    assert page.json()["preferred_username"] == "alice"
    assert (refused.status_code, "Permission denied" in refused.text) == (200, True)


def test_its_secrets_are_in_a_file_for_root_alone(lab: Lab, new: NewApp) -> None:
    shown = lab.ssh(HOST, "stat -L -c '%a %U:%G' /opt/agenda/.env; cut -d= -f1 /opt/agenda/.env | sort")

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

    assert "agenda" in databases
    assert BUCKET in buckets
    assert HOST in servers
    assert "agenda (files)" in volumes


def test_prometheus_scrapes_it_and_asks_its_address_as_a_visitor(lab: Lab, new: NewApp) -> None:
    probe = f'probe_success{{app="agenda", instance="{URL}/"}}'
    told = 'guildhall_container_healthy{app="agenda", service="agenda"}'
    deployed = 'guildhall_deploy_succeeded{app="agenda"}'
    for series in ('up{job="agenda"}', probe, told, deployed):
        eventually(partial(measured, lab, series, new.began), lambda found: found == ["1"])
    assert measured(lab, 'node_exporter_build_info{job="agenda"}', new.began) == ["1"]


def test_its_lines_are_in_loki_under_its_name(lab: Lab, new: NewApp) -> None:
    eventually(lambda: logged(lab, new.began), lambda found: found == {"agenda", "redis", "numbers"})


def test_a_retired_app_serves_nobody_and_leaves_nothing_running(lab: Lab, retired: Outcome) -> None:
    assert "agenda: retired; its volumes are kept" in retired
    assert retired.code == 0, retired.output
    assert "agenda" not in lab.ssh(HOST, "docker ps -a --format '{{.Names}}'; ls /opt/traefik/live/routes")
    assert lab.ssh(HOST, "ls /opt/agenda; ls /opt/agenda/releases 2>/dev/null", check=False).split() == [
        "live"
    ]
    asked = f"curl -sko /dev/null -w '%{{http_code}}' --connect-to ::{layout.TOOLS.address}: {URL}/"
    assert lab.ssh(HOST, asked) == "404"


def test_the_identity_provider_no_longer_knows_a_retired_app(retired: Outcome) -> None:
    page = "https://{}/application/o/{}/.well-known/openid-configuration"
    with browser() as session:
        known = [
            session.get(page.format(IDENTITY_PROVIDER, name), timeout=20).status_code
            for name in ("outline", "agenda")
        ]

    assert known == [200, 404]


def test_a_retired_app_is_neither_scraped_nor_probed_nor_offered_to_be_saved(
    lab: Lab, retired: Outcome
) -> None:
    targets = f"curl -sf 'http://{layout.MANAGEMENT.address}:9090/api/v1/targets?state=active'"
    eventually(lambda: lab.ssh("management", targets), lambda found: "agenda" not in found)

    assert "agenda" not in str(choices(lab, "database_backup", "database"))
    assert "agenda" not in str(choices(lab, "disk_snapshot", "server"))


def test_the_name_of_a_retired_app_is_taken_away_by_the_command_that_made_it(
    new: NewApp, retired: Outcome
) -> None:
    assert f"{DNS_RECORD}: unused, ours to remove" in new.guildhall("dns", "check")
    assert new.guildhall("dns", "apply").code == 0
    after = new.guildhall("dns", "check")
    assert (after.code, "agenda" in after) == (0, False)


def test_the_data_of_a_retired_app_is_kept(lab: Lab, retired: Outcome) -> None:
    assert "agenda_files" in lab.ssh(HOST, "docker volume ls -q").split()
    assert as_superuser("SELECT key FROM double_row", "agenda") == "first start"
    assert s3().list_object_versions(Bucket=BUCKET)["Versions"]
