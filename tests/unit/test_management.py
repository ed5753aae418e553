"""What the programs on the management servers are told, beyond what every app's tests look at."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from catalogue import APPS, views
from catalogue.model import Site
from tasks.settings import ROOT
from tasks.templates import Templates

from .conftest import app, release_of

RULES = sorted((ROOT / "files/prometheus/rules").glob("*.yml"))


def alerts() -> Iterator[dict[str, Any]]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


@pytest.mark.parametrize("rule", list(alerts()), ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_how_bad_it_is_what_happened_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"].keys() == {"summary", "todo"}


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in alerts()]

    assert len(names) == len(set(names)) > 5


def test_alertmanager_gets_its_mail_account_in_memory_only(site: Site, tmp_path: Path) -> None:
    """Runs the start script, with a shell in the place of Alertmanager."""
    script = release_of(app("alertmanager"), site).files["start.sh"].decode()
    config = release_of(app("alertmanager"), site).files["alertmanager.yml"]
    (tmp_path / "alertmanager.yml").write_bytes(config)
    here = script.replace("/tmp/", "made-").replace("/etc/alertmanager/", "")  # noqa: S108
    here = here.replace("exec /bin/alertmanager", "exec /usr/bin/env NAMED=")
    said = subprocess.run(
        ["sh", "-c", here, "start.sh"],
        cwd=tmp_path,
        env={"SMTP_USERNAME": "o'brien", "SMTP_PASSWORD": "canary \\ % $x", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "canary" not in said.stdout + said.stderr
    made = yaml.safe_load((tmp_path / "made-alertmanager.yml").read_text())
    assert made["global"]["smtp_auth_username"] == "o'brien"
    assert (tmp_path / "made-smtp-password").read_text() == "canary \\ % $x"
    assert {
        oct((tmp_path / name).stat().st_mode)[-3:] for name in ("made-alertmanager.yml", "made-smtp-password")
    } == {"600"}


def test_prometheus_sends_alerts_and_probes_to_its_neighbours(site: Site) -> None:
    files = release_of(app("prometheus"), site).files
    config = yaml.safe_load(files["prometheus.yml"])
    (probe,) = (job for job in config["scrape_configs"] if job["job_name"] == "probe")

    assert config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["10.0.0.5:9093"]
    assert probe["relabel_configs"][-1]["replacement"] == "10.0.0.5:9115"
    addresses = [each["targets"] for each in json.loads(files["live/prometheus/probes/catalogue.json"])]
    assert ["https://wiki.example.org/"] in addresses


def test_every_dashboard_shows_data_sources_that_are_provisioned(site: Site) -> None:
    files = release_of(app("grafana"), site).files
    sources = yaml.safe_load(files["provisioning/datasources/catalogue.yaml"])["datasources"]
    known = {source["uid"] for source in sources}
    boards = [json.loads(text) for path, text in files.items() if path.startswith("dashboards/")]

    assert len(boards) == len({board["uid"] for board in boards}) > 3
    for board in boards:
        assert {panel["datasource"]["uid"] for panel in board["panels"]} <= known
        assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])


def test_grafana_and_alloy_find_their_neighbours_at_private_addresses(site: Site) -> None:
    sources = yaml.safe_load(
        release_of(app("grafana"), site).files["provisioning/datasources/catalogue.yaml"]
    )
    alloy = yaml.safe_load(release_of(app("alloy"), site).files["compose.yaml"])["services"]["alloy"]

    assert [each["url"] for each in sources["datasources"]] == [
        "http://10.0.0.5:9090",
        "http://10.0.0.5:3100",
    ]
    assert alloy["environment"]["LOKI_URL"] == "http://10.0.0.5:3100/loki/api/v1/push"


def test_n8n_asks_for_a_login_but_for_what_other_programs_call(site: Site) -> None:
    routers = yaml.safe_load(release_of(app("n8n"), site).files["live/traefik/routes/n8n.yaml"])["http"][
        "routers"
    ]
    asks = {name: "n8n-forward-auth" in router["middlewares"] for name, router in routers.items()}

    assert asks["n8n"]
    assert not asks["n8n-1"]
    assert "PathPrefix(`/webhook/`)" in routers["n8n-1"]["rule"]
    assert routers["n8n-closed"]["rule"].endswith("PathPrefix(`/metrics`))")


def buttons(site: Site) -> dict[str, dict[str, Any]]:
    files = release_of(app("wobbler"), site).files
    return {path: json.loads(text) for path, text in files.items() if path.startswith("conf/runners/")}


def test_each_button_runs_a_script_of_the_release_with_variables_that_exist(site: Site) -> None:
    files = release_of(app("wobbler"), site).files
    environment = yaml.safe_load(files["compose.yaml"])["services"]["wobbler"]["environment"]

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

    assert choices(button, "database") == [views.role(each) for each in APPS if each.database]
    assert "guildhall-test-outline, " in button["description"]


def test_the_snapshot_button_says_whose_volumes_are_on_which_server(site: Site) -> None:
    kept = views.backups([app(name) for name in ("n8n", "outline", "wobbler", "nextcloud")], site)
    names = {"site": site, "backups": kept}
    button = json.loads(Templates().render("wobbler/conf/runners/disk_snapshot.json.j2", names))

    assert choices(button, "server") == ["tools-prod", "management"]
    assert button["description"].endswith(
        ": on tools-prod nextcloud (html); on management n8n (data), wobbler (logs, schedules)."
    )


class Provider(BaseHTTPRequestHandler):
    """The few answers of the provider's API that the buttons want; it remembers what it was told to make."""

    ANSWERS: ClassVar[dict[str, Any]] = {
        "databases": {"databases": [{"name": "outline"}, {"name": "n8n"}, {"name": "rdb"}]},
        "servers": {
            "servers": [{"name": "tools-prod", "project": "p", "volumes": {"0": {"id": "disk"}}}],
        },
        "of-n8n": {"id": "of-n8n", "status": "ready"},
        "of-outline": {"id": "of-outline", "status": "error"},
    }
    made: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        self.answer(self.ANSWERS[self.path.partition("?")[0].rpartition("/")[2]])

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.made.append(wanted)
        self.answer({"id": f"of-{wanted.get('database_name', 'disk')}", "status": "creating"})

    def answer(self, content: object) -> None:
        assert self.headers["X-Auth-Token"] == "canary"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Quiet."""


@pytest.fixture
def provider() -> Iterator[str]:
    Provider.made.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def press(script: str, provider: str, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {"SCW_API_URL": provider, "SCW_SECRET_KEY": "canary", "SCW_REGION": "fr-par"}
    return subprocess.run(
        [sys.executable, str(ROOT / "files/wobbler/conf/scripts" / script), *words],
        env={**variables, "SCW_DATABASE_INSTANCE": "instance", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_database_button_waits_for_the_backup_of_the_chosen_database(provider: str) -> None:
    ran = press("database_backup.py", provider, "--database", "n8n", "--days", "14")
    (wanted,) = Provider.made

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "n8n: backup of-n8n is ready"
    assert wanted.keys() == {"instance_id", "database_name", "name", "expires_at"}
    assert (wanted["instance_id"], wanted["database_name"]) == ("instance", "n8n")
    assert datetime.fromisoformat(wanted["expires_at"]) - datetime.now(UTC) > timedelta(days=13)


def test_without_a_choice_every_database_is_tried_but_the_providers_own(provider: str) -> None:
    ran = press("database_backup.py", provider, "--days", "14")

    assert [each["database_name"] for each in Provider.made] == ["n8n", "outline"]
    assert (ran.returncode, ran.stderr) == (1, "not backed up: outline\n")


def test_a_database_that_the_instance_does_not_have_is_said(provider: str) -> None:
    ran = press("database_backup.py", provider, "--database", "wiki", "--days", "14")

    assert (ran.returncode, Provider.made) == (1, [])
    assert ran.stderr == "the instance has no database wiki; it has n8n, outline\n"


def test_the_snapshot_button_takes_every_disk_of_the_server(provider: str) -> None:
    assert press("disk_snapshot.py", provider, "--server", "tools-prod").returncode == 0
    assert [(each["volume_id"], each["project_id"]) for each in Provider.made] == [("disk", "p")]

    refused = press("disk_snapshot.py", provider, "--server", "none")
    assert (refused.returncode, "0 servers of the name none" in refused.stderr) == (1, True)
    assert "canary" not in refused.stdout + refused.stderr


def test_zabbix_waits_for_the_certificate_of_the_identity_provider_and_takes_it(tmp_path: Path) -> None:
    """Runs the script, with a shell function in the place of curl that has no answer at first."""
    script = (ROOT / "files/zabbix/settings/certificate.sh").read_text()
    script = (
        script.replace("/etc/zabbix/web/certs/", "")
        .replace("curl ", "answered ")
        .replace("sleep 10", "touch up")
    )
    metadata = f"<ds:X509Data><ds:X509Certificate>{'A' * 70}</ds:X509Certificate></ds:X509Data>"
    ran = subprocess.run(
        ["sh", "-c", f"answered() {{ [ ! -e up ] || echo '{metadata}'; }}\n{script}"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "IDENTITY_PROVIDER": "https://g", "CLIENT": "zabbix"},
        capture_output=True,
        text=True,
        check=False,
    )

    lines = (tmp_path / "idp.crt").read_text().splitlines()
    assert lines == ["-----BEGIN CERTIFICATE-----", "A" * 64, "A" * 6, "-----END CERTIFICATE-----"]
    assert ran.stderr == "certificate: https://g/application/saml/zabbix/metadata/ has none yet\n"
