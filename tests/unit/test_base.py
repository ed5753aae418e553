"""Host set-up: what lands on a server is valid, and what is there already is left alone."""

import base64
import hashlib
import json

import pytest
from pyinfra.api import DeployError

from tasks.host.config_file import ConfigFile, FileState, rendered, verbatim


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


def test_nobody_comes_in_by_a_password() -> None:
    settings = dict(line.split(" ", 1) for line in verbatim("sshd.conf").splitlines() if line[0] != "#")

    assert settings["PasswordAuthentication"] == settings["KbdInteractiveAuthentication"] == "no"
    assert settings["PermitRootLogin"] == "prohibit-password"


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


def test_a_service_that_started_before_its_file_was_written_has_not_read_it() -> None:
    digest = "a" * 64

    found = ConfigFile().process(["200 644 root:root", f"{digest}  -", "@100", "holds"])

    assert found == FileState(access="644 root:root", written=200, digest=digest, started=100)
    assert found.unread


@pytest.mark.parametrize("started", ["", "0", "@200", "@300"])
def test_a_service_that_is_stopped_or_younger_than_its_file_has_nothing_to_read(started: str) -> None:
    assert not ConfigFile().process(["200 644 root:root", "a" * 64, started, "holds"]).unread


def test_a_missing_file_is_found_as_such() -> None:
    assert ConfigFile().process(["0", "", "", "holds"]) == ConfigFile.default()
