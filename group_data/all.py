"""Values of every environment; a group's or an environment's file may say otherwise."""

organisation = "guildhall"
timezone = "Europe/Paris"
network = "10.0.0.0/24"
# The group whose servers answer every name of a domain that no route has.
wildcards = {"public": "tools"}

# An address of a server beside its `public_ip`, for visitors with IPv6; empty: none.
public_ipv6 = ""
# What may listen at a server's public addresses beside what records publish: sshd, at its own port,
# and, say, WireGuard (`51820/udp`). `guildhall verify` calls all else open to the world.
public_ports: tuple[str, ...] = ("22/tcp",)

ssh_user = "root"
ssh_connect_retries = 2

# Public addresses (`203.0.113.7/32`) that operators' browsers come from, for pages that are for them alone:
# Decidim's /system. Empty: nobody sees those.
operator_addresses: tuple[str, ...] = ()
# Whose members must set up a second factor before they get in; administrators of authentik must anyway.
mfa_groups = ("grafana", "n8n", "wobbler", "zabbix")

# Where Docker Engine comes from: `docker` (its own apt repository) or `distribution` (Debian's package).
docker_source = "docker"
# Addresses that Docker gives to its networks: away from the private network, inside what authentik trusts.
docker_address_pool = "172.20.0.0/14"
# A registry that stands in for all others (`registry.example.org:5000`); empty: each image from its own.
image_mirror = ""

# Set at once and at every boot.
kernel_parameters = {
    "vm.overcommit_memory": 1,  # Redis saves by fork
    "kernel.dmesg_restrict": 1,
    "kernel.kptr_restrict": 1,
    "net.ipv4.tcp_syncookies": 1,
    "net.ipv4.conf.all.accept_redirects": 0,
    "net.ipv4.conf.default.accept_redirects": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
}

# How hosts speak to the managed PostgreSQL: libpq's sslmode, and a CA bundle on the host (empty: none).
postgres_sslmode = "require"
postgres_root_cert = ""

# What `verify` trusts and where it connects; empty: the system's authorities, and each route's public name.
ca_bundle = ""
https_address = ""

# Where alerts go besides the mail, as a POST in Alertmanager's form: a chat, or a service that rings you.
# Empty: nowhere, and nobody hears of a mail server that refuses them.
alerts_webhook = ""
# An address outside that is called every five minutes as long as alerts work, and says when no call comes
# any more: the server that watches the others is watched by nobody else. Empty: none.
heartbeat_url = ""

journal_size_mb = 2048
# How long a release waits for its database or the identity provider before it is refused, in seconds.
wait_for_dependencies_seconds = 180
# The same for an app that is new on its host: the identity provider may be at its first start, too.
wait_for_dependencies_at_first_seconds = 900

# `--data app=outline` limits a run to one app; empty: all.
app = ""
# `--data show_ports=yes`: verify prints what is open, from where, and why (`guildhall verify --ports`).
show_ports = ""
