"""Scripts of files/ that run inside containers, as their shell or Python runs them."""

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

from catalogue.model import Site
from tasks.settings import ROOT
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml


def moved(script: str, *changes: tuple[str, str]) -> str:
    """The script with places of a container, or programs, that are others here; each must be in it."""
    for old, new in changes:
        assert old in script
        script = script.replace(old, new)
    return script


def test_alertmanager_gets_its_mail_account_in_memory_only(site: Site, tmp_path: Path) -> None:
    """Runs the start script, with a shell in the place of Alertmanager."""
    script = release_of(app("alertmanager"), site).files["start.sh"].decode()
    config = release_of(app("alertmanager"), site).files["alertmanager.yml"]
    (tmp_path / "alertmanager.yml").write_bytes(config)
    here = moved(
        script,
        ("/tmp/", "made-"),  # noqa: S108 - of a container
        ("/etc/alertmanager/", ""),
        ("exec /bin/alertmanager", "exec /usr/bin/env NAMED="),
    )
    said = subprocess.run(
        ["sh", "-c", here, "start.sh"],
        cwd=tmp_path,
        env={"SMTP_USERNAME": "o'brien", "SMTP_PASSWORD": "canary \\ % $x", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "canary" not in said.stdout + said.stderr
    made = read_yaml((tmp_path / "made-alertmanager.yml").read_text())
    assert made["global"]["smtp_auth_username"] == "o'brien"
    assert (tmp_path / "made-smtp-password").read_text() == "canary \\ % $x"
    assert {
        oct((tmp_path / name).stat().st_mode)[-3:] for name in ("made-alertmanager.yml", "made-smtp-password")
    } == {"600"}


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
    script = moved(script, ("/etc/zabbix/web/certs/", ""), ("curl ", "answered "), ("sleep 10", "touch up"))
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
