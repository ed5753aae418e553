"""Names, addresses, ports, credentials and paths of the lab: constants only, importing this does nothing.

Every credential here is a lab value: worthless outside, and public on purpose.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent  # the checkout
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
GATEWAY: Final = "10.0.0.1"
LOOPBACK: Final = "127.0.0.1"
LABEL: Final = "guildhall.lab"  # on every container, volume and network of the lab; its value is the checkout


@dataclass(frozen=True, kw_only=True)
class Host:
    """One lab host; the last three are ports on 127.0.0.1 that lead to its ports 22, 80 and 443."""

    name: str
    address: str
    ssh: int
    http: int
    https: int


TOOLS: Final = Host(name="tools-prod", address="10.0.0.3", ssh=22203, http=8003, https=44303)
MANAGEMENT: Final = Host(name="management", address="10.0.0.5", ssh=22205, http=8005, https=44305)
AUTHENTIK: Final = Host(name="authentik-prod", address="10.0.0.2", ssh=22202, http=8002, https=44302)
HOSTS: Final = (TOOLS, MANAGEMENT, AUTHENTIK)
# A host that is not of the site and not there unless something makes it: for what would disturb the others.
SPARE: Final = Host(name="spare", address="10.0.0.6", ssh=22206, http=8006, https=44306)
MACHINES: Final = (*HOSTS, SPARE)

CLOUD: Final = "cloud"
CLOUD_ADDRESS: Final = "10.0.0.10"
CLOUD_NAMES: Final = tuple(
    f"{name}.cloud.test" for name in ("postgres", "s3", "api", "acme", "smtp", "registry")
)

PUBLIC_DOMAIN: Final = "guild.test"
OPS_DOMAIN: Final = "hall.test"
# domain -> address; a domain answers for itself and all names under it, the longest match wins
DOMAINS: Final = {
    PUBLIC_DOMAIN: TOOLS.address,
    f"gateway.{PUBLIC_DOMAIN}": AUTHENTIK.address,
    OPS_DOMAIN: MANAGEMENT.address,
    "cloud.test": CLOUD_ADDRESS,
}

# service -> systemd unit on cloud
UNITS: Final = {
    "postgres": "postgresql@17-main",
    "s3": "guildhall-s3",
    "scaleway": "guildhall-scaleway",
    "acme": "guildhall-acme",
    "smtp": "guildhall-smtp",
    "registry": "docker-registry",
    "dns": "dnsmasq",
}

# ports on cloud
POSTGRES_PORT: Final = 5432
S3_PORT: Final = 8333
SCALEWAY_PORT: Final = 8080
REGISTRY_PORT: Final = 5000
ACME_PORT: Final = 14000
SMTP_PORT: Final = 587
MAILS_PORT: Final = 8025

# ports on 127.0.0.1 that lead to cloud
S3_LOCAL_PORT: Final = 18333
SCALEWAY_LOCAL_PORT: Final = 18080
REGISTRY_LOCAL_PORT: Final = 15000
MAILS_LOCAL_PORT: Final = 18025
CLOUD_PORTS: Final = {
    S3_LOCAL_PORT: S3_PORT,
    SCALEWAY_LOCAL_PORT: SCALEWAY_PORT,
    REGISTRY_LOCAL_PORT: REGISTRY_PORT,
    MAILS_LOCAL_PORT: MAILS_PORT,
}

# as the hosts see them
POSTGRES_HOST: Final = "postgres.cloud.test"
S3_ENDPOINT: Final = f"https://s3.cloud.test:{S3_PORT}"
SCALEWAY_API: Final = f"http://api.cloud.test:{SCALEWAY_PORT}"
REGISTRY: Final = f"registry.cloud.test:{REGISTRY_PORT}"
ACME_DIRECTORY: Final = f"https://acme.cloud.test:{ACME_PORT}/directory"
SMTP_HOST: Final = "smtp.cloud.test"

# as this machine sees them
S3_LOCAL: Final = f"https://{LOOPBACK}:{S3_LOCAL_PORT}"
SCALEWAY_LOCAL: Final = f"http://{LOOPBACK}:{SCALEWAY_LOCAL_PORT}"
REGISTRY_LOCAL: Final = f"{LOOPBACK}:{REGISTRY_LOCAL_PORT}"
MAILS_LOCAL: Final = f"http://{LOOPBACK}:{MAILS_LOCAL_PORT}"

REGION: Final = "fr-par"
POSTGRES_USER: Final = "guildhall_admin"
POSTGRES_PASSWORD: Final = "lab-only-postgres-admin"  # noqa: S105  # a lab value
S3_ACCESS_KEY: Final = "LABONLYS3ACCESSKEY01"
S3_SECRET_KEY: Final = "lab-only-s3-secret-key-0000000000000001"  # noqa: S105  # a lab value
S3_EDGE_ACCESS_KEY: Final = "LABONLYS3ACCESSKEY02"
S3_EDGE_SECRET_KEY: Final = "lab-only-s3-secret-key-0000000000000002"  # noqa: S105  # a lab value
SCALEWAY_ACCESS_KEY: Final = "SCWGUILDHALLLAB00001"
SCALEWAY_SECRET_KEY: Final = "1ab00000-0000-4000-8000-000000000001"  # noqa: S105  # a lab value
SCALEWAY_PROJECT: Final = "1ab00000-0000-4000-8000-000000000002"
SMTP_USER: Final = "guildhall"
SMTP_PASSWORD: Final = "lab-only-smtp"  # noqa: S105  # a lab value

BASE_IMAGE: Final = "guildhall/base:trixie"  # of every image the lab makes; trusts the lab CA
