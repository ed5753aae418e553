"""Production: replace every example address and name by your own."""

import os

environment = "production"
domains = {"public": "example.org", "ops": "example.cc"}

# Used unless GUILDHALL_TERRAFORM_STATE says where Terraform keeps the real list.
servers = {
    "tools-prod": {"public_ip": "203.0.113.3", "private_ip": "10.0.0.3"},
    "management": {"public_ip": "203.0.113.5", "private_ip": "10.0.0.5"},
    "authentik-prod": {"public_ip": "203.0.113.2", "private_ip": "10.0.0.2"},
}

ssh_known_hosts_file = os.environ.get("GUILDHALL_KNOWN_HOSTS") or "files/known_hosts"
ssh_strict_host_key_checking = "yes"

acme_server = "https://acme-v02.api.letsencrypt.org/directory"
acme_email = "admin@example.org"
# Whoever shall get up when something is wrong: an address that several people read.
alerts_email = "alerts@example.org"

postgres_host = "postgres.example.org"
postgres_port = 5432
postgres_admin = "guildhall_admin"

s3_endpoint = "https://s3.fr-par.scw.cloud"
s3_region = "fr-par"

smtp_host = "smtp.tem.scaleway.com"
# Where TLS begins with the first byte (docs/production.md says why); mostly 465.
smtp_port = 465
mail_from = "guildhall@example.org"
