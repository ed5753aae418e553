"""Each server's certificates are saved to the bucket and come back to a server that lost them."""

import json
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import IDENTITY_PROVIDER
from tests.lab.managed import delete_bucket, s3, stopped, stored
from tests.lab.projects import copy
from tests.lab.running import ROOT, Lab, Outcome, eventually

pytestmark = pytest.mark.edge

BUCKET: Final = "guildhall-lab-traefik"
FOLDER: Final = "/var/lib/docker/volumes/traefik_acme/_data"
STORE: Final = f"{FOLDER}/acme.json"
HOST, NAME = layout.AUTHENTIK, IDENTITY_PROVIDER
OTHER: Final = "tools-prod"
KEEPER: Final = "traefik-keeper-1"


class Edge:
    """The edge of one server and what the bucket has of it."""

    def __init__(self, lab: Lab, client: Any) -> None:
        self.lab, self.client = lab, client

    def on_host(self, command: str, host: str = HOST.name) -> str:
        return self.lab.ssh(host, command)

    def store(self, host: str = HOST.name) -> str:
        return self.on_host(f"cat {STORE}", host)

    def saved(self, host: str = HOST.name) -> str:
        """What the bucket has; nothing is an empty text."""
        try:
            found = self.client.get_object(Bucket=BUCKET, Key=f"{host}/acme.json")
        except self.client.exceptions.NoSuchKey:
            return ""
        return str(found["Body"].read().decode())

    def deploy(self, root: Path = ROOT) -> Outcome:
        return self.lab.deploy("site", "-y", "--limit", HOST.name, "--data", "app=traefik", root=root)

    def lose_certificates(self) -> None:
        """Its containers and its volume are gone, as on a server that was made anew."""
        self.on_host("cd /opt/traefik && docker compose down && docker volume rm traefik_acme")

    def keeper_is_healthy(self, host: str = HOST.name) -> bool:
        """What the keeper's health check finds now; its last finding may be some looks old."""
        asked = f"docker exec {KEEPER} sh /certificates.sh health && echo healthy || true"
        return "healthy" in self.on_host(asked, host)

    def keeper_said(self, host: str = HOST.name) -> str:
        """What the keeper said last."""
        return self.on_host(f"docker logs --tail 1 {KEEPER} 2>&1", host)

    def keeper_health(self, host: str) -> str:
        """What Docker thinks of the keeper."""
        return self.on_host(f"docker inspect -f '{{{{.State.Health.Status}}}}' {KEEPER}", host).strip()

    def wait_until_saved(self, host: str = HOST.name) -> None:
        eventually(lambda: (self.saved(host), self.store(host)), lambda both: both[0] == both[1])


def served() -> object:
    """Serial number of the certificate that visitors see."""
    trust = ssl.create_default_context(cafile=str(layout.CA_PEM))
    with (
        socket.create_connection((layout.LOOPBACK, HOST.https), timeout=10) as plain,
        trust.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        return (secured.getpeercert() or {})["serialNumber"]


@pytest.fixture(scope="module")
def edge(lab: Lab, site: FirstRuns) -> Edge:
    """An edge with certificates, all of them saved."""
    made = Edge(lab, s3())
    made.wait_until_saved()
    return made


@dataclass(frozen=True)
class Outage:
    """What was seen of an outage of object storage: on the edge, and of another server's keeper."""

    said: str
    healthy: bool
    served: tuple[object, object]
    updated: Outcome
    refused: Outcome
    restore: str
    back: Outcome
    stores: tuple[str, str]


@pytest.fixture(scope="module")
def outage(lab: Lab, edge: Edge, tmp_path_factory: pytest.TempPathFactory) -> Outage:
    """The edge is updated, then loses its certificates and is deployed again; afterwards all is well."""
    project = copy(tmp_path_factory.mktemp("outage") / "project")
    project.edit("templates/traefik/traefik.yml.j2", "level: INFO", "level: WARN")
    serial, store = served(), edge.store()
    with stopped("s3"):
        edge.on_host(f"echo >>{STORE}", OTHER)
        eventually(lambda: edge.keeper_said(OTHER), lambda line: "operation error S3" in line)
        said, healthy = edge.keeper_said(OTHER), edge.keeper_is_healthy(OTHER)
        updated, serials = edge.deploy(project.root), (serial, served())
        edge.lose_certificates()
        refused = edge.deploy()
        edge.on_host(f"docker volume create traefik_acme && chown 65532:65532 {FOLDER}")
        restore = edge.on_host("cd /opt/traefik && docker compose run --rm -T restore || echo failed")
        eventually(lambda: edge.keeper_health(OTHER), lambda health: health == "unhealthy")
    back = edge.deploy()
    lab.wait_until_healthy()
    return Outage(said, healthy, serials, updated, refused, restore, back, (store, edge.store()))


def test_the_bucket_has_the_certificates_of_every_server(edge: Edge) -> None:
    for host in layout.HOSTS:
        edge.wait_until_saved(host.name)
        assert json.loads(edge.saved(host.name))["acme"]["Account"]["PrivateKey"]


def test_servers_that_need_the_same_bucket_at_once_make_it_once(edge: Edge) -> None:
    delete_bucket(edge.client, BUCKET)
    run = edge.lab.deploy("site", "-y", "--data", "app=traefik")
    again = edge.lab.deploy("site", "--dry", "--data", "app=traefik")
    for host in layout.HOSTS:
        edge.on_host(f"docker restart {KEEPER}", host.name)

    assert run.code == 0, run.output
    assert f"bucket {BUCKET}: create it, let in the app's own key" in run
    assert BUCKET not in again
    for host in layout.HOSTS:
        edge.wait_until_saved(host.name)


def test_a_server_that_lost_its_certificates_gets_the_same_back(edge: Edge) -> None:
    store, serial = edge.store(), served()
    edge.lose_certificates()
    run = edge.deploy()

    assert run.code == 0, run.output
    assert edge.store() == store
    assert edge.on_host(f"stat -c '%a %u' {STORE}") == "600 65532\n"
    assert edge.on_host(f"ls -A {FOLDER}") == "acme.json\n"
    assert served() == serial


def test_a_server_that_has_certificates_keeps_them_whatever_the_bucket_holds(edge: Edge) -> None:
    store, serial = edge.store(), served()
    other = store.replace('"PrivateKey": "', '"PrivateKey": "other')
    edge.client.put_object(Bucket=BUCKET, Key=f"{HOST.name}/acme.json", Body=other.encode())
    edge.on_host(f"docker rm --force {KEEPER}")
    run = edge.deploy()

    assert "traefik: restore" in run, run.output
    assert edge.store() == store
    assert served() == serial
    edge.wait_until_saved()


@pytest.mark.parametrize("length", [0, 4000])
def test_what_is_empty_or_half_written_is_never_saved(edge: Edge, length: int) -> None:
    store = edge.store()
    edge.on_host(f"cp -p {STORE} /root/acme.json && truncate --size {length} {STORE}")
    try:
        if length:
            eventually(edge.keeper_said, lambda line: "NOT SAVED: /acme/acme.json is not whole" in line)
        else:
            time.sleep(7)  # the keeper looks every five
        assert edge.saved() == store
    finally:
        edge.on_host(f"cat /root/acme.json >{STORE}; rm /root/acme.json")
    eventually(edge.keeper_is_healthy)


def test_without_object_storage_an_edge_with_certificates_is_updated(outage: Outage) -> None:
    before, after = outage.served

    assert outage.updated.code == 1
    assert f"traefik: bucket {BUCKET}: " in outage.updated
    assert "traefik: deployed" in outage.updated
    assert before == after


def test_what_cannot_be_saved_is_said_and_saved_once_object_storage_is_back(
    edge: Edge, outage: Outage
) -> None:
    assert "NOT SAVED: operation error S3" in outage.said
    assert stored("traefik")["S3_SECRET_KEY"] not in outage.said
    assert not outage.healthy
    edge.wait_until_saved(OTHER)
    assert edge.keeper_health(OTHER) == "healthy"


def test_without_object_storage_a_server_without_certificates_is_not_deployed_without_them(
    outage: Outage,
) -> None:
    before, after = outage.stores
    reason, failed = outage.restore.splitlines()

    assert outage.refused.code == 1
    assert f"traefik: REFUSED: its bucket: {BUCKET}: " in outage.refused
    assert "traefik: stage" not in outage.refused
    assert reason.startswith("whether there are saved certificates cannot be asked: operation error S3")
    assert reason.endswith("; bring object storage up, deploy again")
    assert failed == "failed"
    assert outage.back.code == 0, outage.back.output
    assert after == before
