"""What the programs on the management servers are told, beyond what every app's tests look at."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.site import Site
from tasks.settings import ROOT

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
