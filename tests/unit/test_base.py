"""Host set-up: what lands on a server is valid, and what is there already is left alone."""

import base64
import hashlib
import json
import re

import pytest
from pyinfra.api import DeployError

from tasks.host.config_file import rendered, verbatim


def daemon_settings() -> dict[str, object]:
    text = rendered(
        "daemon.json.j2", docker_address_pool="172.20.0.0/14", private_ip="10.0.0.3", engine_metrics=9323
    )
    return dict(json.loads(text))


def test_the_engine_writes_container_logs_to_the_journal_with_the_names_that_logs_are_searched_by() -> None:
    settings = daemon_settings()

    assert settings["log-driver"] == "journald"
    assert settings["log-opts"] == {
        "labels": "com.docker.compose.project,com.docker.compose.service",
        "tag": "{{.Name}}",
    }


def test_the_engine_publishes_nothing_to_the_world_unless_a_record_says_so() -> None:
    settings = daemon_settings()

    assert settings["ip"] == "127.0.0.1"
    assert settings["default-network-opts"] == {
        "bridge": {"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"}
    }
    assert settings["metrics-addr"] == "10.0.0.3:9323"


def test_containers_outlive_a_restart_of_the_engine_and_gain_no_rights() -> None:
    settings = daemon_settings()

    assert settings["live-restore"] is True
    assert settings["no-new-privileges"] is True


def test_containers_that_somebody_starts_by_hand_do_not_reach_each_other() -> None:
    """Docker's default network, which no app is on, is one for all."""
    assert daemon_settings()["icc"] is False


def sshd_settings() -> dict[str, str]:
    """Those that hold for everybody."""
    text = rendered("sshd.conf.j2", trusted=["203.0.113.7/32", "10.0.0.3"], group="people", keys="/etc/keys")
    lines = text.partition("Match ")[0].splitlines()
    return dict(line.split(" ", 1) for line in lines if line and line[0] != "#")


def test_nobody_comes_in_by_a_password() -> None:
    settings = sshd_settings()

    assert settings["PasswordAuthentication"] == settings["KbdInteractiveAuthentication"] == "no"
    assert settings["AuthenticationMethods"] == "publickey"
    assert settings["PermitRootLogin"] == "prohibit-password"


def test_sshd_makes_nobody_wait_for_long_and_whom_it_knows_never() -> None:
    settings = sshd_settings()
    penalties = dict(each.split(":") for each in settings["PerSourcePenalties"].split())

    assert settings["PerSourcePenaltyExemptList"] == "203.0.113.7/32,10.0.0.3"
    assert int(penalties["max"].rstrip("s")) <= 30
    # Thirty half-open connections of one address are no reason to keep it out, nor anybody else.
    assert 30 < int(settings["PerSourceMaxStartups"]) < int(settings["MaxStartups"].split(":")[0])


@pytest.mark.parametrize(
    ("setting", "weak"),
    [
        ("KexAlgorithms", ("diffie-hellman", "ecdh-sha2", "sha1")),
        ("Ciphers", ("cbc", "3des", "arcfour")),
        ("MACs", ("hmac-sha1", "umac-64", "md5", "hmac-sha2-256,")),
        ("HostKeyAlgorithms", ("ssh-rsa", "ecdsa", "dss")),
    ],
)
def test_sshd_offers_nothing_that_is_doubted(setting: str, weak: tuple[str, ...]) -> None:
    offered = sshd_settings()[setting]

    assert [each for each in weak if each in f"{offered},"] == []


ACCESS = (
    'tools-prod traefik-traefik-1[8]: {{"ClientAddr":"{addr}","ClientHost":"{host}","ClientPort":"5",'
    '"ClientUsername":"{user}","DownstreamContentSize":0,"DownstreamStatus":{status},"RequestPath":"{path}"}}'
)
FORGED = r"x\",\"DownstreamStatus\":401,\"ClientHost\":\"192.0.2.1\","


@pytest.mark.parametrize(
    ("status", "host", "counts"),
    [(401, "198.51.100.9", True), (403, "2001:db8::1", True), (429, "198.51.100.9", True)]
    + [(status, "198.51.100.9", False) for status in (200, 302, 400, 404, 500, 4030)],
)
def test_the_edges_refusals_count_and_whoever_asks_cannot_forge_one(
    status: int, host: str, *, counts: bool
) -> None:
    """fail2ban's <ADDR> is an address and nothing else; what visitors write is escaped by Traefik."""
    [pattern] = re.findall(r"^failregex = (.+)$", verbatim("fail2ban-edge.conf"), re.MULTILINE)
    line = ACCESS.format(addr=f"[{host}]:5", host=host, user=FORGED, status=status, path=FORGED)
    found = re.search(pattern.replace("<ADDR>", r"(?P<address>[\da-f.:]+)"), line)

    assert bool(found) is counts
    assert not found or found["address"] == host


def test_whom_nothing_locks_out_is_never_banned_and_every_ban_ends() -> None:
    text = rendered("fail2ban.conf.j2", trusted=["203.0.113.7/32", "10.0.0.3"], edge="traefik")
    settings = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)

    assert settings["ignoreip"].split()[-2:] == ["203.0.113.7/32", "10.0.0.3"]
    assert settings["bantime"] == "10m"
    assert "timeout <bantime>s" in verbatim("fail2ban-action.conf")


def test_a_template_without_its_value_stops_the_plan() -> None:
    with pytest.raises(DeployError, match=r"^templates/host/daemon\.json\.j2 line \d+: "):
        rendered("daemon.json.j2", docker_address_pool="172.20.0.0/14")


def test_kernel_parameters_are_written_one_a_line() -> None:
    values = {"vm.overcommit_memory": 1, "kernel.dmesg_restrict": 1}

    text = rendered("sysctl.conf.j2", kernel_parameters=values)

    assert text == "vm.overcommit_memory = 1\nkernel.dmesg_restrict = 1\n"


def test_the_package_source_carries_the_key_in_the_form_that_apt_reads() -> None:
    text = rendered("docker.sources.j2", distribution="debian", codename="trixie", key="BEGIN\n\nabc\nEND\n")

    assert text.endswith("Signed-By:\n BEGIN\n .\n abc\n END\n")


def test_the_key_of_the_package_source_is_dockers() -> None:
    """A version 4 fingerprint is the SHA-1 of the key's first packet (RFC 4880, 12.2)."""
    armoured = verbatim("docker.asc").partition("\n\n")[2].partition("\n=")[0]
    packets = base64.b64decode(armoured)
    first = packets[: 3 + int.from_bytes(packets[1:3])]

    assert hashlib.sha1(first, usedforsecurity=False).hexdigest() == (
        "9dc858229fc7dd38854ae2d88d81803c0ebfcd88"
    )
