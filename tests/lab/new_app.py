"""An app that only a test knows, with all that an app can have: its record, its template, and its traces."""

import json
import time
from pathlib import Path
from typing import Final

from lab import layout
from tasks.clients import SecretApi, client
from tests.lab.deployed import record
from tests.lab.managed import as_superuser, delete_bucket, forget_application, s3
from tests.lab.projects import copy, plant
from tests.lab.running import Lab, Outcome, guildhall

HOST: Final = "tools-prod"
BUCKET: Final = "guildhall-lab-agenda"
PROJECT: Final = "com.docker.compose.project"
RECORD = f"""
from dataclasses import replace

from catalogue.model import (
    App,
    Bucket,
    Database,
    Health,
    Image,
    Metrics,
    Oidc,
    Port,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)
from catalogue.shared import redis

APP = App(
    name="agenda",
    purpose="Knows what the next meeting is about.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=True),
    services=(
        Service(
            name="agenda",
            image={record("outline").services[0].image!r},
            health=Health(
                command=("sh", "-c", "wget -qO- http://127.0.0.1:3000/_health | grep -q OK"),
                start_seconds=60,
                interval_seconds=2,
            ),
            memory_mb=256,
            user="1001:1001",
            tmpfs=("/tmp",),
        ),
        replace(redis(), tmpfs=("/data",)),
        Service(
            name="numbers",
            image={record("node-exporter").services[0].image!r},
            health=Health(
                command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9100/"), start_seconds=10
            ),
            memory_mb=64,
            user="65534:65534",
            ports=(Port(host=9191, container=9100),),
            metrics=Metrics(port=9191),
        ),
    ),
    routes=(Route(host="agenda", domain="public", service="agenda", port=3000, login_path="/auth/oidc"),),
    database=Database(),
    bucket=Bucket(browser_uploads=False),
    mail=True,
    oidc=Oidc(callback="/auth/oidc.callback"),
    secrets=(
        Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),
        Secret(name="UTILS_SECRET", rule=Rule(kind="hex", size=32)),
    ),
    volumes=(Volume(name="files", owner="1001:1001", backup=True),),
)
"""

COMPOSE = """\
services:
  agenda:
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
      FILE_STORAGE_UPLOAD_MAX_SIZE: "262144000"
      AWS_ACCESS_KEY_ID: ${S3_ACCESS_KEY}
      AWS_SECRET_ACCESS_KEY: ${S3_SECRET_KEY}
      AWS_REGION: {{ site.s3_region }}
      AWS_S3_UPLOAD_BUCKET_URL: {{ site.s3_endpoint }}
      AWS_S3_UPLOAD_BUCKET_NAME: {{ bucket }}
      AWS_S3_FORCE_PATH_STYLE: "true"
      OIDC_CLIENT_ID: {{ app.name }}
      OIDC_CLIENT_SECRET: ${OIDC_CLIENT_SECRET}
      OIDC_AUTH_URI: {{ identity_provider }}/application/o/authorize/
      OIDC_TOKEN_URI: {{ identity_provider }}/application/o/token/
      OIDC_USERINFO_URI: {{ identity_provider }}/application/o/userinfo/
      SMTP_HOST: {{ site.smtp_host }}
      SMTP_PORT: "{{ site.smtp_port }}"
      SMTP_SECURE: "true"
      SMTP_USERNAME: ${SMTP_USERNAME}
      SMTP_PASSWORD: ${SMTP_PASSWORD}
      SMTP_FROM_EMAIL: {{ site.mail_from }}
    volumes:
      - files:/var/lib/outline/data
  redis:
  numbers:
    command: [--no-collector.wifi]
"""


class NewApp:
    """A copy of the project with `agenda` in it, deployed: what was said on the way."""

    def __init__(self, lab: Lab, root: Path) -> None:
        self.lab, self.project, self.present = lab, copy(root), True
        plant(self.project, "agenda", RECORD, {"compose.yaml.j2": COMPOSE})
        self.missing = self.guildhall("secrets", "check")
        self.generated = self.guildhall("secrets", "generate")
        self.nameless = self.guildhall("dns", "check")
        self.named = self.guildhall("dns", "apply")
        self.before = walls(lab)
        self.began = time.time()
        self.deployed = lab.deploy("site", "-y", root=root)

    def guildhall(self, *words: str) -> Outcome:
        return guildhall(self.project.root, *words)

    def retire(self) -> Outcome:
        """Takes it off the hosts by its record's one word."""
        line = '    name="agenda",\n    purpose'
        self.project.edit("catalogue/apps/agenda.py", line, f"    present=False,\n{line}")
        self.present = False
        return self.lab.deploy("site", "-y", root=self.project.root)


def forget(lab: Lab, name: str = "agenda") -> None:
    """Removes what no deploy removes: data, and secrets in the store."""
    containers, volumes = (f"--filter label={label}={name}" for label in (PROJECT, "org.guildhall.app"))
    lab.ssh(HOST, f"docker ps -aq {containers} | xargs -r docker rm -f")
    lab.ssh(HOST, f"docker volume ls -q {volumes} | xargs -r docker volume rm -f")
    lab.ssh(HOST, f"rm -rf /opt/{name} /opt/traefik/live/routes/{name}.yaml")
    as_superuser(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    as_superuser(f"DROP ROLE IF EXISTS {name}")
    delete_bucket(s3(), f"guildhall-lab-{name}")
    forget_application(name)
    secrets = SecretApi(client(), 10)
    for each in secrets.list_secrets_all(scheduled_for_deletion=False, path="/guildhall/lab"):
        if each.name == name:
            secrets.delete_secret(secret_id=each.id)


def walls(lab: Lab) -> set[tuple[str, str, str]]:
    """Host, chain and rule of all that packet filters hold, without what they have counted."""
    found = set()
    for host in layout.HOSTS:
        chain = ""
        for line in lab.ssh(host.name, "nft -s list table inet guildhall").splitlines():
            chain = line.split()[1] if line.startswith("\tchain ") else chain
            found.add((host.name, chain, line.strip()))
    return found


def measured(lab: Lab, series: str, since: float) -> list[str]:
    """The values of a series that Prometheus has got since then (Unix time), asked on its host."""
    query = f"{series} and timestamp({series}) > {since}"
    address = f"http://{layout.MANAGEMENT.address}:9090/api/v1/query"
    answer = lab.ssh("management", f"curl -sfG {address} --data-urlencode 'query={query}'")
    return [each["value"][1] for each in json.loads(answer)["data"]["result"]]


def logged(lab: Lab, since: float) -> set[str]:
    """The services of the app of which Loki has got lines since then (Unix time), asked on its host."""
    address = f"http://{layout.MANAGEMENT.address}:3100/loki/api/v1/query_range"
    query = f"--data-urlencode 'query={{app=\"agenda\"}}' -d start={since * 1e9:.0f}"
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
