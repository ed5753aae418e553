"""What follows from the records: every name, address and secret that nobody has to write twice."""

from catalogue.views.backups import Backup, SidecarDatabase, backups, sidecars
from catalogue.views.dns import DnsRecord, dns_mark, dns_records
from catalogue.views.edge import edge, edge_network, edge_network_name
from catalogue.views.images import images
from catalogue.views.logins import (
    OUTPOST,
    ForwardAuthClient,
    OidcClient,
    SamlClient,
    forward_auth_address,
    forward_auth_clients,
    identity_provider,
    identity_provider_address,
    issuer,
    oidc_clients,
    pages_of_known,
    saml_clients,
)
from catalogue.views.metrics import ENGINE_METRICS, Probe, Target, collectors, probes, scrape_targets
from catalogue.views.names import (
    alias,
    bucket,
    full_name,
    hostname,
    on_host,
    present,
    role,
    url,
    variable,
    without,
)
from catalogue.views.placement import check_placement
from catalogue.views.ports import public_ports
from catalogue.views.secrets import (
    BUCKET_KEYS,
    DATABASE_ADMIN,
    GENERATED_PASSWORD,
    MAIL_ACCOUNT,
    all_secrets,
    provisioning_secrets,
    secrets,
)
from catalogue.views.validation import validated
from catalogue.views.versions import one_way, refusal, version

__all__ = [
    "BUCKET_KEYS",
    "DATABASE_ADMIN",
    "ENGINE_METRICS",
    "GENERATED_PASSWORD",
    "MAIL_ACCOUNT",
    "OUTPOST",
    "Backup",
    "DnsRecord",
    "ForwardAuthClient",
    "OidcClient",
    "Probe",
    "SamlClient",
    "SidecarDatabase",
    "Target",
    "alias",
    "all_secrets",
    "backups",
    "bucket",
    "check_placement",
    "collectors",
    "dns_mark",
    "dns_records",
    "edge",
    "edge_network",
    "edge_network_name",
    "forward_auth_address",
    "forward_auth_clients",
    "full_name",
    "hostname",
    "identity_provider",
    "identity_provider_address",
    "images",
    "issuer",
    "oidc_clients",
    "on_host",
    "one_way",
    "pages_of_known",
    "present",
    "probes",
    "provisioning_secrets",
    "public_ports",
    "refusal",
    "role",
    "saml_clients",
    "scrape_targets",
    "secrets",
    "sidecars",
    "url",
    "validated",
    "variable",
    "version",
    "without",
]
