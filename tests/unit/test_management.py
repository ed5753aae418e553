"""What the programs on the management servers are told, beyond what every app's tests look at."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tests.support.site import TEMPLATES, app, release_of
from tests.support.yaml_text import read_yaml


def test_an_alert_leads_to_the_dashboards(site: Site) -> None:
    for name, after in (("alertmanager", ""), ("prometheus", "/?")):
        service = read_yaml(release_of(app(name), site).files["compose.yaml"])["services"][name]
        assert f"--web.external-url=https://grafana.example.cc{after}" in service["command"]


@pytest.mark.parametrize(
    ("alert", "name", "belongs"),
    [
        ("TargetDown", "n8n", "n8n"),
        ("TargetDown", "authentik-worker", "authentik"),
        ("TargetDown", "node-exporter", "node-exporter"),
        ("RedisDown", "n8n", "n8n"),
        ("TargetDown", "docker", ""),
        ("HostDown", "node-exporter", ""),
        ("PagesFailing", "n8n@file", "n8n"),
        ("PagesFailing", "authentik-2@file", "authentik"),
        ("PagesFailing", "noop@internal", ""),
    ],
)
def test_an_alert_of_a_target_or_a_route_is_of_its_app(
    site: Site, alert: str, name: str, belongs: str
) -> None:
    config = read_yaml(release_of(app("prometheus"), site).files["prometheus.yml"])
    rules = config["alerting"]["alert_relabel_configs"]
    found = [re.fullmatch(rule["regex"], f"{alert};{name}") for rule in rules]

    assert {rule["target_label"] for rule in rules} == {"app"}
    assert "".join(match[1] for match in found if match) == belongs


def test_prometheus_sends_alerts_and_probes_to_its_neighbours(site: Site) -> None:
    files = release_of(app("prometheus"), site).files
    config = read_yaml(files["prometheus.yml"])
    (probe,) = (job for job in config["scrape_configs"] if job["job_name"] == "probe")

    assert config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["10.0.0.5:9093"]
    assert probe["relabel_configs"][-1]["replacement"] == "10.0.0.5:9115"
    addresses = [each["targets"] for each in json.loads(files["live/prometheus/probes/catalogue.json"])]
    assert ["https://wiki.example.org/"] in addresses


def test_prometheus_has_each_login_begun_as_its_app_would(site: Site) -> None:
    files = release_of(app("prometheus"), site).files
    logins = json.loads(files["live/prometheus/probes/logins.json"])
    begun = {each["labels"]["app"]: each for each in logins}
    modules = read_yaml(release_of(app("blackbox"), site).files["config.yml"])["modules"]

    assert begun.keys() == {client.app.name for client in views.oidc_clients(APPS, site)}
    assert {each["labels"]["module"] for each in logins} <= modules.keys()
    assert begun["outline"]["labels"]["host"] == "authentik-prod"
    (address,) = begun["outline"]["targets"]
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith("https://gateway.example.org/application/o/authorize/?")
    assert asked["client_id"] == ["outline"]
    assert asked["redirect_uri"] == ["https://wiki.example.org/auth/oidc.callback"]
    assert 43 <= len(asked["code_challenge"][0]) <= 128  # RFC 7636, 4.2


def test_every_dashboard_shows_data_sources_that_are_provisioned(site: Site) -> None:
    files = release_of(app("grafana"), site).files
    sources = read_yaml(files["provisioning/datasources/catalogue.yaml"])["datasources"]
    known = {source["uid"] for source in sources}
    boards = [json.loads(text) for path, text in files.items() if path.startswith("dashboards/")]

    assert len(boards) == len({board["uid"] for board in boards}) > 3
    for board in boards:
        assert {panel["datasource"]["uid"] for panel in board["panels"]} <= known
        assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])


def test_grafana_and_alloy_find_their_neighbours_at_private_addresses(site: Site) -> None:
    sources = read_yaml(release_of(app("grafana"), site).files["provisioning/datasources/catalogue.yaml"])
    alloy = read_yaml(release_of(app("alloy"), site).files["compose.yaml"])["services"]["alloy"]

    assert [each["url"] for each in sources["datasources"]] == [
        "http://10.0.0.5:9090",
        "http://10.0.0.5:3100",
    ]
    assert alloy["environment"]["LOKI_URL"] == "http://10.0.0.5:3100/loki/api/v1/push"


def test_n8n_asks_for_a_login_but_for_what_other_programs_call(site: Site) -> None:
    routers = read_yaml(release_of(app("n8n"), site).files["live/traefik/routes/n8n.yaml"])["http"]["routers"]
    asks = {name: "n8n-forward-auth" in router["middlewares"] for name, router in routers.items()}

    assert asks["n8n"]
    assert not asks["n8n-1"]
    assert "PathPrefix(`/webhook/`)" in routers["n8n-1"]["rule"]
    assert routers["n8n-closed"]["rule"].endswith("(?:/metrics)`)")


def buttons(site: Site) -> dict[str, dict[str, Any]]:
    files = release_of(app("wobbler"), site).files
    return {path: json.loads(text) for path, text in files.items() if path.startswith("conf/runners/")}


def test_each_button_runs_a_script_of_the_release_with_variables_that_exist(site: Site) -> None:
    files = release_of(app("wobbler"), site).files
    environment = read_yaml(files["compose.yaml"])["services"]["wobbler"]["environment"]

    assert len(buttons(site)) == 3
    for button in buttons(site).values():
        assert button["script_path"].split()[-1].removeprefix("/app/") in files
        constants = [each["default"] for each in button["parameters"] if each.get("constant")]
        assert {value.removeprefix("$$") for value in constants} <= environment.keys()


def choices(button: dict[str, Any], name: str) -> list[str]:
    (found,) = (each["values"] for each in button["parameters"] if each["name"] == name)
    return list(found)


def test_the_database_button_offers_exactly_the_databases_of_the_catalogue(site: Site) -> None:
    button = buttons(site)["conf/runners/database_backup.json"]

    assert choices(button, "database") == [
        views.role(each) for each in APPS if each.database and not each.database.statistics
    ]
    assert "guildhall-test-outline, " in button["description"]


def test_the_snapshot_button_says_whose_volumes_are_on_which_server(site: Site) -> None:
    kept = views.backups([app(name) for name in ("n8n", "outline", "wobbler", "nextcloud")], site)
    names = {"site": site, "backups": kept}
    button = json.loads(TEMPLATES.render("wobbler/conf/runners/disk_snapshot.json.j2", names))

    assert choices(button, "server") == ["tools-prod", "management"]
    assert button["description"].endswith(
        ": on tools-prod nextcloud (html); on management n8n (data), wobbler (logs, schedules)."
    )
