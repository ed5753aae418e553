"""A host's own settings: what was changed by hand is found, and what is wrong is never loaded."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lab import layout
from tests.lab.isolated.edits import RECORDED
from tests.lab.projects import ProbeProject
from tests.lab.running import Outcome, guildhall

pytestmark = pytest.mark.host

JOURNAL = "/etc/systemd/journald.conf.d/guildhall.conf"
DAEMON = "/etc/docker/daemon.json"
TEMPLATE = "templates/host/daemon.json.j2"
APPLIED = "/etc/guildhall/applied.json"
MOVED_PARTS = (
    "Host | journal: settings",
    "Host | packages: what the host needs",
    "Host | updates: when it may",
)
"""A file, a package and a unit."""
REPOSITORY = {
    "templates/host/journald.conf.j2": ("Storage=persistent", "Storage=persistent\n# another"),
    "tasks/host/debian.py": ('    "procps",\n', '    "procps",\n    "no-such-package",\n'),
    "group_data/all.py": ('{"tools": "Sun 03:00"', '{"tools": "Sun 02:10"'),
}
BY_HAND = f"""
sed -i s/persistent/volatile/ {JOURNAL}
dpkg --remove --force-depends curl >/dev/null 2>&1
systemctl stop guildhall-reboot.timer
"""


@pytest.fixture
def host(project: ProbeProject) -> Iterator[ProbeProject]:
    """A host that is as it should be, and is put right again afterwards."""
    yield project
    assert apply(project).code == 0


def apply(host: ProbeProject, *options: str) -> Outcome:
    return host.lab.deploy("host", "-y", *host.OPTIONS, *options, root=host.root)


def planned(host: ProbeProject) -> list[str]:
    """Names of the operations that a plan says will change something."""
    output = host.lab.deploy("host", "--dry", "--json", *host.OPTIONS, root=host.root).output
    plan, _ = json.JSONDecoder().raw_decode(output[output.index('{"plan"') :])
    return [row["name"] for row in plan["plan"] if row["hosts_with_change"]]


def moved(host: ProbeProject) -> dict[str, str]:
    """Parts that a plan says will change, and which of the two moved."""
    done = guildhall(host.root, "plan", "deploys/host.py", "--limit", layout.TOOLS.name, "--json")
    [found] = json.loads(done.output)["hosts"]
    return {step["name"]: step["cause"] for step in found["steps"]}


def engine(host: ProbeProject) -> str:
    return host.on_host("pgrep -x dockerd")


def test_a_setting_changed_by_hand_is_planned_alone_and_put_right(host: ProbeProject) -> None:
    before = host.on_host(f"cat {JOURNAL}")
    host.on_host(f"sed -i s/persistent/volatile/ {JOURNAL}")

    assert planned(host) == ["Host | journal: settings"]
    assert apply(host).code == 0
    assert host.on_host(f"cat {JOURNAL}") == before
    assert planned(host) == []


def test_of_a_file_a_package_and_a_unit_a_plan_says_which_of_the_two_moved(host: ProbeProject) -> None:
    calm = moved(host)
    with ExitStack() as edits:
        for path, (old, new) in REPOSITORY.items():
            edits.enter_context(host.edited(path, old, new))
        repository = moved(host)
        host.on_host(BY_HAND)
        both = moved(host)
    by_hand = moved(host)

    assert calm == {}
    assert repository == {**dict.fromkeys(MOVED_PARTS, "repository"), RECORDED: "repository"}
    assert both == {**dict.fromkeys(MOVED_PARTS, "both"), RECORDED: "repository"}
    assert by_hand == dict.fromkeys(MOVED_PARTS, "host")
    assert apply(host).code == 0
    assert moved(host) == {}


def test_a_host_that_keeps_no_record_yet_is_given_one_and_nothing_else_happens(host: ProbeProject) -> None:
    """As one that was last deployed by an earlier version."""
    before = engine(host)
    host.on_host(f"rm {APPLIED}")

    assert moved(host) == {RECORDED: "new"}
    assert apply(host).code == 0
    assert (moved(host), engine(host)) == ({}, before)
    assert host.on_host(f"stat -c '%a %U' {APPLIED}") == "600 root\n"


def test_settings_that_others_could_write_are_put_right(host: ProbeProject) -> None:
    host.on_host(f"chmod 666 {DAEMON}")

    assert planned(host) == ["Docker Engine | docker: settings"]
    assert apply(host).code == 0
    assert host.on_host(f"stat -c %a {DAEMON}") == "644\n"


def test_an_engine_that_never_read_its_settings_is_restarted_and_no_container_with_it(
    host: ProbeProject,
) -> None:
    """As a run leaves it that was cut off between the file and the restart."""
    before, containers = engine(host), host.lab.containers(host.machine)
    host.on_host(f"sleep 1; touch {DAEMON}")

    assert planned(host) == ["Docker Engine | docker: settings"]
    assert apply(host).code == 0
    assert engine(host) != before
    assert host.lab.containers(host.machine) == containers
    assert planned(host) == []


def test_settings_that_the_engine_refuses_never_land(host: ProbeProject) -> None:
    before, settings = engine(host), host.on_host(f"cat {DAEMON}")

    with host.edited(TEMPLATE, '"live-restore": true,', '"live-restore": true'):
        run = apply(host)

    assert run.code == 1
    assert f"{DAEMON}: refused, nothing was changed" in run
    assert host.on_host(f"cat {DAEMON}; ls {DAEMON}*") == f"{settings}{DAEMON}\n"
    assert engine(host) == before


def test_settings_that_the_engine_cannot_start_with_are_taken_back(host: ProbeProject) -> None:
    settings, containers = host.on_host(f"cat {DAEMON}"), host.lab.containers(host.machine)

    with host.edited(TEMPLATE, "{{ docker_address_pool }}", "nowhere"):
        run = apply(host)

    assert run.code == 1
    assert "invalid CIDR address: nowhere" in run
    assert f"{DAEMON}: docker does not run with it; what was there before is back" in run
    assert host.on_host(f"cat {DAEMON}; ls {DAEMON}*") == f"{settings}{DAEMON}\n"
    assert host.lab.containers(host.machine) == containers


def test_nobody_logs_in_with_a_password(host: ProbeProject) -> None:
    settings = host.on_host("sshd -T").splitlines()

    assert "passwordauthentication no" in settings
    assert "kbdinteractiveauthentication no" in settings


def test_only_security_updates_come_by_themselves_and_the_host_starts_anew_in_its_window(
    host: ProbeProject,
) -> None:
    said = host.on_host("unattended-upgrade --dry-run --debug 2>&1; apt-config dump")
    timer = host.on_host("systemctl show --property=TimersCalendar,ActiveState guildhall-reboot.timer")
    # Without an update that asks for it, it does nothing at all.
    tried = host.on_host(
        "systemctl start guildhall-reboot; systemctl show --property=ConditionResult guildhall-reboot"
    )

    assert "Allowed origins are: origin=Debian,codename=trixie-security,label=Debian-Security\n" in said
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in said
    assert "OnCalendar=Sun *-*-* 03:00:00" in timer
    assert "ActiveState=active" in timer
    assert tried == "ConditionResult=no\n"


def test_the_kernel_takes_little_from_the_network_and_nobody_writes_down_memory(host: ProbeProject) -> None:
    """core_pattern, which holds for everybody, is the machine's: a lab host cannot have it."""
    refused = ("accept_redirects", "send_redirects", "accept_source_route")
    names = " ".join(f"net.ipv4.conf.all.{each}" for each in (*refused, "rp_filter"))
    in_container = "docker run --rm --entrypoint sh $(docker images -q | head -1) -c 'ulimit -c'"

    assert host.on_host(f"sysctl -n {names}").split() == ["0", "0", "0", "1"]
    assert host.on_host("systemctl show --property=DefaultLimitCORE") == "DefaultLimitCORE=0\n"
    assert host.on_host(in_container) == "0\n"


def test_a_containers_words_are_in_the_journal_under_its_apps_name(host: ProbeProject) -> None:
    assert host.on_host("journalctl --lines 1 --output cat COM_DOCKER_COMPOSE_PROJECT=probe")
    assert host.on_host("ls /var/log/journal")
