"""Names, addresses, ports, credentials and paths of the lab; hosts are those of lab/compose.yaml.

Every credential here is a lab value: worthless outside, and public on purpose.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from lab.cloud.scaleway_iam import POOL
from tasks.settings import ROOT

COMPOSE: Final = Path(__file__).with_name("compose.yaml")
DIR: Final = ROOT / ".lab"  # everything the lab makes
RUN: Final = DIR / "run"  # sockets, pid files, the own engine's exec root
DATA: Final = DIR / "docker"  # the own engine's data root
LOG: Final = DIR / "log"
CACHE: Final = DIR / "cache"  # downloads and the base root filesystem
CA_PEM: Final = DIR / "ca.pem"
CA_KEY: Final = DIR / "ca.key"
SSH_KEY: Final = DIR / "ssh" / "id_ed25519"
KNOWN_HOSTS: Final = DIR / "ssh" / "known_hosts"

NETWORK: Final = "guildhall"
BRIDGE: Final = "guildhall0"
SUBNET: Final = "10.0.0.0/24"
LOOPBACK: Final = "127.0.0.1"
LABEL: Final = "guildhall.lab"  # on all that the lab makes in an engine; its value is the checkout


@dataclass(frozen=True, kw_only=True)
class Host:
    """One lab host; the last three are ports on 127.0.0.1 that lead to its ports 22, 80 and 443."""

    name: str
    address: str
    ssh: int
    http: int
    https: int


def _host(name: str, service: dict[str, Any]) -> Host:
    ssh, http, https = (int(port.split(":")[1]) for port in service["ports"])
    address = service["networks"]["default"]["ipv4_address"]
    return Host(name=name, address=address, ssh=ssh, http=http, https=https)


SERVICES: Final[dict[str, dict[str, Any]]] = yaml.safe_load(COMPOSE.read_text())["services"]
TOOLS: Final = _host("tools-prod", SERVICES["tools-prod"])
MANAGEMENT: Final = _host("management", SERVICES["management"])
AUTHENTIK: Final = _host("authentik-prod", SERVICES["authentik-prod"])
HOSTS: Final = (TOOLS, MANAGEMENT, AUTHENTIK)
SPARES: Final = tuple(_host(name, SERVICES[name]) for name in ("spare", "spare-2"))
MACHINES: Final = (*HOSTS, *SPARES)

CLOUD: Final = "cloud"
CLOUD_ADDRESS: Final = "10.0.0.10"
CLOUD_DOMAIN: Final = "cloud.test"
POSTGRES_PORT: Final = 5432
S3_PORT: Final = 8333
S3_SERVER_PORT: Final = 8332
SCALEWAY_PORT: Final = 8080
ACME_PORT: Final = 14000
SMTP_PORT: Final = 465
MAILS_PORT: Final = 8025
OUTSIDE_PORT: Final = 8026
REGISTRY_PORT: Final = 5000
# service of lab/compose.yaml -> the ports that it answers at on cloud
PORTS: Final = {
    "postgres": (POSTGRES_PORT,),
    "s3": (S3_SERVER_PORT,),
    "storage": (S3_PORT,),
    "scaleway": (SCALEWAY_PORT,),
    "acme": (ACME_PORT,),
    "smtp": (SMTP_PORT, MAILS_PORT),
    "outside": (OUTSIDE_PORT,),
    "registry": (REGISTRY_PORT,),
}

PUBLIC_DOMAIN: Final = "guild.test"
OPS_DOMAIN: Final = "hall.test"
# domain -> address; a domain answers for itself and all names under it, the longest match wins
DOMAINS: Final = {
    PUBLIC_DOMAIN: TOOLS.address,
    f"gateway.{PUBLIC_DOMAIN}": AUTHENTIK.address,
    OPS_DOMAIN: MANAGEMENT.address,
    CLOUD_DOMAIN: CLOUD_ADDRESS,
}

# ports on 127.0.0.1 that lead to cloud
S3_LOCAL_PORT: Final = 18333
SCALEWAY_LOCAL_PORT: Final = 18080
REGISTRY_LOCAL_PORT: Final = 15000
MAILS_LOCAL_PORT: Final = 18025
OUTSIDE_LOCAL_PORT: Final = 18026
LOCAL_PORTS: Final = (
    *(S3_LOCAL_PORT, SCALEWAY_LOCAL_PORT, REGISTRY_LOCAL_PORT, MAILS_LOCAL_PORT, OUTSIDE_LOCAL_PORT),
    *(port for host in MACHINES for port in (host.ssh, host.http, host.https)),
)

# as the hosts see them
POSTGRES_HOST: Final = f"postgres.{CLOUD_DOMAIN}"
S3_ENDPOINT: Final = f"https://s3.{CLOUD_DOMAIN}:{S3_PORT}"
REGISTRY: Final = f"registry.{CLOUD_DOMAIN}:{REGISTRY_PORT}"
ACME_DIRECTORY: Final = f"https://acme.{CLOUD_DOMAIN}:{ACME_PORT}/directory"
SMTP_HOST: Final = f"smtp.{CLOUD_DOMAIN}"

# as this machine sees them
S3_LOCAL: Final = f"https://{LOOPBACK}:{S3_LOCAL_PORT}"
SCALEWAY_LOCAL: Final = f"http://{LOOPBACK}:{SCALEWAY_LOCAL_PORT}"
REGISTRY_LOCAL: Final = f"{LOOPBACK}:{REGISTRY_LOCAL_PORT}"
MAILS_LOCAL: Final = f"http://{LOOPBACK}:{MAILS_LOCAL_PORT}"
OUTSIDE_LOCAL: Final = f"https://{LOOPBACK}:{OUTSIDE_LOCAL_PORT}"

REGION: Final = "fr-par"
POSTGRES_USER: Final = "guildhall_admin"
POSTGRES_PASSWORD: Final = "lab-only-postgres-admin"  # noqa: S105  # a lab value
S3_ACCESS_KEY: Final = "LABONLYS3ACCESSKEY01"
S3_SECRET_KEY: Final = "lab-only-s3-secret-key-0000000000000001"  # noqa: S105  # a lab value
S3_APPLICATION: Final = "1ab00000-0000-4000-8000-000000000003"
# What the S3 server takes signatures of; who may do what is checked before it.
S3_IDENTITIES: Final = json.dumps(
    {
        "identities": [
            {
                "name": access_key,
                "actions": ["Admin", "Read", "List", "Tagging", "Write"],
                "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
            }
            for access_key, secret_key in ((S3_ACCESS_KEY, S3_SECRET_KEY), *POOL)
        ]
    }
)
SCALEWAY_ACCESS_KEY: Final = "SCWGUILDHALLLAB00001"
SCALEWAY_SECRET_KEY: Final = "1ab00000-0000-4000-8000-000000000001"  # noqa: S105  # a lab value
SCALEWAY_PROJECT: Final = "1ab00000-0000-4000-8000-000000000002"
# The mail account of what runs where no IAM gives one: that of lab/proof/services.yaml.
SMTP_USERNAME: Final = SCALEWAY_PROJECT
SMTP_ACCESS_KEY: Final = POOL[-1][0]
SMTP_PASSWORD: Final = POOL[-1][1]
