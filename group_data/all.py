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

# Public addresses (`203.0.113.7/32`) that operators come from, by SSH and with browsers: no ban is for them,
# and pages that are for operators alone, Decidim's /system. Empty: nobody sees those, and an operator who
# fails ten times at sshd waits ten minutes.
operator_addresses: tuple[str, ...] = ()
# Who may log in to every server, become root there by sudo, and deploy: an account each, with public keys.
# Who is taken off the list is gone from each server with its next deploy.
operators: dict[str, tuple[str, ...]] = {}
# Public keys of a CI that deploys, as `ssh_user = "guildhall-ci"`; empty: there is none.
ci_keys: tuple[str, ...] = ()
# Public keys that may plan, look for drift and verify, as `ssh_user`, and do nothing else; empty: none.
readonly_keys: tuple[str, ...] = ()
# Whose members must set up a second factor before they get in; administrators of authentik must anyway.
mfa_groups = ("grafana", "n8n", "wobbler", "zabbix")

# Where Docker Engine comes from: `docker` (its own apt repository) or `distribution` (Debian's package).
docker_source = "docker"
# Addresses that Docker gives to its networks: away from the private network, inside what authentik trusts.
docker_address_pool = "172.20.0.0/14"
# A registry that stands in for all others (`registry.example.org:5000`); empty: each image from its own.
image_mirror = ""

# Group: when its servers may start anew for an update that asks for it, in `timezone`; several servers of
# one group follow each other by half an hour, and no two may be nearer.
reboots = {"tools": "Sun 03:00", "management": "Sun 03:30", "authentik": "Sun 04:00"}

# Set at once and at every boot.
kernel_parameters = {
    "vm.overcommit_memory": 1,  # Redis saves by fork
    "kernel.core_pattern": "|/bin/false",  # what a program had in memory is never written to a disk
    "fs.suid_dumpable": 0,
    "kernel.dmesg_restrict": 1,
    "kernel.kptr_restrict": 2,
    "kernel.perf_event_paranoid": 3,
    "kernel.unprivileged_bpf_disabled": 1,
    "dev.tty.ldisc_autoload": 0,
    "fs.protected_hardlinks": 1,
    "fs.protected_symlinks": 1,
    "fs.protected_fifos": 2,
    "fs.protected_regular": 2,
    "net.ipv4.tcp_syncookies": 1,
    # Strict; loose where an answer may come back by another interface: those that Docker makes later.
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
    # With a dash: a kernel without IPv6 has none of these.
    "-net.ipv6.conf.all.accept_redirects": 0,
    "-net.ipv6.conf.default.accept_redirects": 0,
    "-net.ipv6.conf.all.accept_source_route": 0,
    "-net.ipv6.conf.default.accept_source_route": 0,
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
# An address outside that is called every minute as long as alerts work, and says when no call comes
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
# `--data try_alerts=yes`: verify sends people a test by each way of alerts (`guildhall verify --alerts`).
try_alerts = ""
# `--data at_once=yes`: verify waits for nothing that has just started (`guildhall verify --now`).
at_once = ""
