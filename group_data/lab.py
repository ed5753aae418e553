"""The lab: three throwaway hosts and stand-ins for the managed services, all on this machine."""

environment = "lab"
domains = {"public": "guild.test", "ops": "hall.test"}

servers = {
    "tools-prod": {
        "public_ip": "10.0.0.3",
        "private_ip": "10.0.0.3",
        "ssh_hostname": "127.0.0.1",
        "ssh_port": 22203,
        "https_address": "127.0.0.1:24303",
    },
    "management": {
        "public_ip": "10.0.0.5",
        "private_ip": "10.0.0.5",
        "ssh_hostname": "127.0.0.1",
        "ssh_port": 22205,
        "https_address": "127.0.0.1:24305",
    },
    "authentik-prod": {
        "public_ip": "10.0.0.2",
        "private_ip": "10.0.0.2",
        "ssh_hostname": "127.0.0.1",
        "ssh_port": 22202,
        "https_address": "127.0.0.1:24302",
    },
}

ssh_key = ".lab/ssh/id_ed25519"
ssh_known_hosts_file = ".lab/ssh/known_hosts"
ssh_strict_host_key_checking = "yes"

image_mirror = "registry.cloud.test:5000"
docker_source = "distribution"

acme_server = "https://acme.cloud.test:14000/directory"
acme_email = "admin@guild.test"
alerts_email = "alerts@guild.test"
alerts_webhook = "https://outside.cloud.test:8026/alerts"
heartbeat_url = "https://outside.cloud.test:8026/alive"
# What verify trusts: every certificate of the lab comes from its own authority.
ca_bundle = ".lab/ca.pem"

postgres_host = "postgres.cloud.test"
postgres_port = 5432
postgres_admin = "guildhall_admin"
postgres_sslmode = "verify-full"
postgres_root_cert = "/etc/ssl/certs/ca-certificates.crt"

s3_endpoint = "https://s3.cloud.test:8333"
s3_region = "fr-par"

smtp_host = "smtp.cloud.test"
smtp_port = 465
mail_from = "guildhall@guild.test"

# Where whoever tries something in the lab comes from, as its hosts see it.
operator_addresses = ("10.0.0.1/32",)

# A lab host shares the machine's kernel: only what belongs to its own network is set.
kernel_parameters = {
    "net.ipv4.tcp_syncookies": 1,
    "net.ipv4.conf.all.rp_filter": 1,
    "net.ipv4.conf.default.rp_filter": 2,
    "net.ipv4.conf.all.accept_redirects": 0,
    "net.ipv4.conf.default.accept_redirects": 0,
    "net.ipv4.conf.all.secure_redirects": 0,
    "net.ipv4.conf.default.secure_redirects": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv4.conf.all.accept_source_route": 0,
    "net.ipv4.conf.default.accept_source_route": 0,
}
