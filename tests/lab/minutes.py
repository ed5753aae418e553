"""An app that only a test knows, with all that an app can have: its record, its template, and its traces."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from lab import layout
from tasks.clients import SecretApi, client
from tests.lab.running import Lab, Run, guildhall
from tests.lab.test_databases import as_superuser
from tests.lab.test_object_storage import connected

HOST: Final = "tools-prod"
BUCKET: Final = "guildhall-lab-minutes"
RECORD = """

from catalogue.model import Metrics, Port

TOOLS += (
    App(
        name="minutes",
        purpose="Keeps what meetings decided.",
        group="tools",
        upgrade=Upgrade(step="any", one_way=True),
        services=(
            Service(
                name="minutes",
                image=Image(repository="docker.io/outlinewiki/outline", tag="1.9.2"),
                health=Health(
                    command=("sh", "-c", "wget -qO- http://127.0.0.1:3000/_health | grep -q OK"),
                    start_seconds=60,
                    interval_seconds=2,
                ),
                memory_mb=256,
                user="1001:1001",
                tmpfs=("/tmp",),
            ),
            redis(),
            Service(
                name="numbers",
                image=Image(repository="quay.io/prometheus/node-exporter", tag="v1.12.1"),
                health=Health(
                    command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9100/"), start_seconds=10
                ),
                memory_mb=64,
                user="65534:65534",
                ports=(Port(host=9191, container=9100),),
                metrics=Metrics(port=9191),
            ),
        ),
        routes=(
            Route(host="minutes", domain="public", service="minutes", port=3000, login_path="/auth/oidc"),
        ),
        database=Database(),
        bucket=Bucket(browser_uploads=False),
        mail=True,
        oidc=Oidc(callback="/auth/oidc.callback"),
        secrets=(
            Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),
            Secret(name="UTILS_SECRET", rule=Rule(kind="hex", size=32)),
        ),
        volumes=(Volume(name="files", owner="1001:1001", backup=True),),
    ),
)
"""

COMPOSE = """\
services:
  minutes:
    environment:
      URL: {{ url }}
      SECRET_KEY: ${SECRET_KEY}
      UTILS_SECRET: ${UTILS_SECRET}
      DATABASE_HOST: {{ site.postgres_host }}
      DATABASE_NAME: {{ database }}
      DATABASE_USER: {{ database }}
      DATABASE_PASSWORD: ${DATABASE_PASSWORD}
      REDIS_URL: redis://redis:6379
      FILE_STORAGE: s3
      AWS_ACCESS_KEY_ID: ${S3_ACCESS_KEY}
      AWS_SECRET_ACCESS_KEY: ${S3_SECRET_KEY}
      AWS_REGION: {{ site.s3_region }}
      AWS_S3_UPLOAD_BUCKET_URL: {{ site.s3_endpoint }}
      AWS_S3_UPLOAD_BUCKET_NAME: {{ bucket }}
      AWS_S3_FORCE_PATH_STYLE: "true"
      OIDC_CLIENT_ID: {{ app.name }}
      OIDC_CLIENT_SECRET: ${OIDC_CLIENT_SECRET}
      OIDC_AUTH_URI: {{ gateway }}/application/o/authorize/
      OIDC_TOKEN_URI: {{ gateway }}/application/o/token/
      OIDC_USERINFO_URI: {{ gateway }}/application/o/userinfo/
      SMTP_HOST: {{ site.smtp_host }}
      SMTP_PORT: "{{ site.smtp_port }}"
      SMTP_SECURE: "false"
      SMTP_USERNAME: ${SMTP_USERNAME}
      SMTP_PASSWORD: ${SMTP_PASSWORD}
      SMTP_FROM_EMAIL: {{ site.mail_from }}
    volumes:
      - files:/var/lib/outline/data
  redis:
    tmpfs: [/data]
  numbers:
    command: [--no-collector.wifi]
"""


class NewApp:
    """A copy of the project with `minutes` in it, deployed: what was said on the way."""

    def __init__(self, lab: Lab, root: Path) -> None:
        self.lab, self.root, self.present = lab, root, True
        with (root / "catalogue/tools.py").open("a") as records:
            records.write(RECORD)
        (root / "templates/minutes").mkdir()
        (root / "templates/minutes/compose.yaml.j2").write_text(COMPOSE)
        self.missing = guildhall(root, "secrets", "check")
        self.generated = guildhall(root, "secrets", "generate")
        self.nameless = guildhall(root, "dns", "check")
        self.named = guildhall(root, "dns", "apply")
        self.began = time.time()
        self.deployed = lab.deploy("site", "-y", root=root)

    def retire(self) -> Run:
        """Takes it off the hosts by its record's one word."""
        file, line = self.root / "catalogue/tools.py", '        name="minutes",\n'
        file.write_text(file.read_text().replace(line, f"{line}        present=False,\n", 1))
        self.present = False
        return self.lab.deploy("site", "-y", root=self.root)


def forget(lab: Lab) -> None:
    """Removes what no deploy removes: data, and secrets in the store."""
    ours = "--filter label=com.docker.compose.project=minutes"
    lab.ssh(HOST, f"docker ps -aq {ours} | xargs -r docker rm -f; docker volume rm -f minutes_files")
    lab.ssh(HOST, "rm -rf /opt/minutes /opt/traefik/live/routes/minutes.yaml")
    as_superuser("DROP DATABASE IF EXISTS minutes WITH (FORCE)")
    as_superuser("DROP ROLE IF EXISTS minutes")
    store = connected()
    if BUCKET in [each["Name"] for each in store.list_buckets()["Buckets"]]:
        for version in store.list_object_versions(Bucket=BUCKET).get("Versions", []):
            store.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
        store.delete_bucket(Bucket=BUCKET)
    secrets = SecretApi(client(), 10)
    for each in secrets.list_secrets_all(scheduled_for_deletion=False, path="/guildhall/lab"):
        if each.name == "minutes":
            secrets.delete_secret(secret_id=each.id)


def soon(ask: Callable[[], Any], wanted: object, seconds: int = 90) -> None:
    """What is asked for becomes what is wanted."""
    deadline = time.monotonic() + seconds
    while (found := ask()) != wanted:
        assert time.monotonic() < deadline, f"{found} after {seconds} s, not {wanted}"
        time.sleep(1)


def measured(lab: Lab, series: str, since: float) -> list[str]:
    """The values of a series that Prometheus has got since then (Unix time), asked on its host."""
    query = f"{series} and timestamp({series}) > {since}"
    address = f"http://{layout.MANAGEMENT.address}:9090/api/v1/query"
    answer = lab.ssh("management", f"curl -sfG {address} --data-urlencode 'query={query}'")
    return [each["value"][1] for each in json.loads(answer)["data"]["result"]]


def logged(lab: Lab, since: float) -> set[str]:
    """The services of the app of which Loki has got lines since then (Unix time), asked on its host."""
    address = f"http://{layout.MANAGEMENT.address}:3100/loki/api/v1/query_range"
    query = f"--data-urlencode 'query={{app=\"minutes\"}}' -d start={since * 1e9:.0f}"
    found = json.loads(lab.ssh("management", f"curl -sfG {address} {query}"))["data"]["result"]
    assert {each["stream"]["host"] for each in found} <= {HOST}
    recent = [
        each for each in found if any(int(nanoseconds) > since * 1e9 for nanoseconds, _ in each["values"])
    ]
    return {each["stream"]["service"] for each in recent}


def choices(lab: Lab, button: str, name: str) -> tuple[list[str], str]:
    """What a button of Wobbler offers, and how it is described."""
    found = json.loads(lab.ssh("management", f"cat /opt/wobbler/current/conf/runners/{button}.json"))
    return next(each["values"] for each in found["parameters"] if each["name"] == name), found["description"]
