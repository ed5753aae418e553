"""What people change in a repository, and what becomes of a host behind their backs: one function a kind.

Each says what a plan must name of it: apps, and parts of the host. Applied to two apps, `probe` and `pair`.
"""

import re
import secrets
from collections.abc import Callable
from random import Random

from tests.lab.projects import ProbeProject

RECORD = """
from dataclasses import replace

from catalogue.apps import probe
from catalogue.model import Rule, Secret

FIRST_MB = 64
SECOND_MB = 64
SERVICE = replace(probe.APP.services[0], check=None)
APP = replace(
    probe.APP,
    name="pair",
    services=(
        replace(SERVICE, name="first", memory_mb=FIRST_MB),
        replace(SERVICE, name="second", memory_mb=SECOND_MB),
    ),
    secrets=tuple(Secret(name=f"{name}_KEY", rule=Rule(kind="hex", size=32)) for name in ("FIRST", "SECOND")),
)
"""
SERVICE = """\
  {name}:
    command: [redis-server, /etc/{name}.conf]
    environment:
      KEY: ${{{key}}}
      TURN_{name}: "0"
    volumes:
      - ./current/{name}.conf:/etc/{name}.conf:ro
"""
TEMPLATES = {
    "compose.yaml.j2": "services:\n"
    + SERVICE.format(name="first", key="FIRST_KEY")
    + "      - ./live/notes:/notes:ro\n      - data:/data\n"
    + SERVICE.format(name="second", key="SECOND_KEY"),
    "first.conf.j2": "save 60 1\n",
    "second.conf.j2": 'save ""\n',
    "live/notes/note.txt.j2": "A note.\n",
}
CONTAINERS = {"probe-probe-1": "probe", "pair-first-1": "pair", "pair-second-1": "pair"}
FILES = {
    "/etc/systemd/journald.conf.d/guildhall.conf": "Host | journal: settings",
    "/etc/sysctl.d/60-guildhall.conf": "Host | kernel: parameters",
    "/etc/modprobe.d/60-guildhall.conf": "Host | kernel: modules that nobody needs",
    "/etc/systemd/system/guildhall-reboot.timer": "Host | updates: when it may",
    "/etc/fail2ban/jail.d/guildhall.conf": "Host | bans: who and how long",
    "/etc/guildhall/firewall.nft": "Firewall | firewall: rules",
    "/etc/docker/daemon.json": "Docker Engine | docker: settings",
    "/usr/local/lib/guildhall/containers.sh": "Docker Engine | containers: what tells of them",
}
RECORDED = "Host | applied: what the host was brought to"
UNITS = {
    "guildhall-reboot.timer": "Host | updates: when it may",
    "fail2ban.service": "Host | bans: who and how long",
    "guildhall-containers.service": "Docker Engine | containers: service",
}
PACKAGE = "curl"
Edit = Callable[[ProbeProject, Random], set[str]]


def _renumbered(project: ProbeProject, path: str, name: str, number: int) -> None:
    """Another number behind a name that a file holds once."""
    file = project.root / path
    text, count = re.subn(rf'({name}(?: = |: ")?)\d+', rf"\g<1>{number}", file.read_text())
    assert count == 1, f"{path}: {name} stands there {count} times"
    file.write_text(text)


def _more(project: ProbeProject, path: str) -> None:
    file = project.root / path
    file.write_text(f"{file.read_text()}# {secrets.token_hex(4)}\n")


def record(project: ProbeProject, dice: Random) -> set[str]:
    name, memory = dice.choice(("FIRST_MB", "SECOND_MB")), dice.randint(65, 9999)
    _renumbered(project, "catalogue/apps/pair.py", name, memory)
    return {"pair"}


def configuration(project: ProbeProject, dice: Random) -> set[str]:
    path = dice.choice(("probe/probe.conf", "pair/first.conf", "pair/second.conf"))
    _more(project, f"templates/{path}.j2")
    return {path.partition("/")[0]}


def environment(project: ProbeProject, dice: Random) -> set[str]:
    name = dice.choice(("first", "second"))
    _renumbered(project, "templates/pair/compose.yaml.j2", f"TURN_{name}", dice.randint(1, 10**9))
    return {"pair"}


def live_file(project: ProbeProject, dice: Random) -> set[str]:
    _more(project, "templates/pair/live/notes/note.txt.j2")
    return {"pair"}


def secret(project: ProbeProject, dice: Random) -> set[str]:
    app, name = dice.choice((("probe", "PROBE_KEY"), ("pair", "FIRST_KEY"), ("pair", "SECOND_KEY")))
    store = project.store("lab")
    store.write(app, {**(store.read(app) or {}), name: secrets.token_hex(32)}, replace=True)
    return {app}


def host_setting(project: ProbeProject, dice: Random) -> set[str]:
    _more(project, "templates/host/journald.conf.j2")
    return {"Host | journal: settings", RECORDED}


def host_file(project: ProbeProject, dice: Random) -> set[str]:
    path = dice.choice(list(FILES))
    project.on_host(f"{dice.choice(('echo >>', 'chmod 666', 'rm', 'chown 7:7'))} {path}")
    return {FILES[path]}


def package(project: ProbeProject, dice: Random) -> set[str]:
    project.on_host(f"dpkg --remove --force-depends {PACKAGE} >/dev/null 2>&1")
    return {"Host | packages: what the host needs"}


def unit(project: ProbeProject, dice: Random) -> set[str]:
    name = dice.choice(list(UNITS))
    project.on_host(f"systemctl {dice.choice(('stop', 'disable --now', 'disable'))} {name} 2>/dev/null")
    return {UNITS[name]}


def boot(project: ProbeProject, dice: Random) -> set[str]:
    project.on_host("systemctl disable guildhall-boot.service 2>/dev/null")
    return {"Docker Engine | boot: service"}


def container(project: ProbeProject, dice: Random) -> set[str]:
    name, how = dice.choice(list(CONTAINERS)), dice.choice(("stop --time 1", "rm --force", "pause", "kill"))
    project.on_host(f"docker {how} {name} || docker ps --all --filter name={name}")
    return {CONTAINERS[name]}


def renamed(project: ProbeProject, dice: Random) -> set[str]:
    name = dice.choice(list(CONTAINERS))
    project.on_host(f"docker rename {name} 0a1b2c3d4e5f_{name} || docker ps --all")
    return {CONTAINERS[name]}


def image(project: ProbeProject, dice: Random) -> set[str]:
    """Its tag is given to another one."""
    tag = project.on_host("docker inspect -f '{{.Config.Image}}' $(docker ps -aq | head -1)").strip()
    project.on_host(f"docker commit --message {secrets.token_hex(4)} $(docker ps -aq | head -1) {tag}")
    return set(CONTAINERS.values())


def network(project: ProbeProject, dice: Random) -> set[str]:
    """A service is no longer where its app's others are."""
    name = dice.choice(("pair-first-1", "pair-second-1"))
    project.on_host(f"docker network disconnect --force pair_default {name} || docker ps --all")
    return {"pair"}


def no_network(project: ProbeProject, dice: Random) -> set[str]:
    project.on_host(
        "docker rm --force pair-first-1 pair-second-1; docker network rm pair_default || docker ps"
    )
    return {"pair"}


def volume_owner(project: ProbeProject, dice: Random) -> set[str]:
    """Data keeps the owner that it has."""
    project.on_host(f"chown {dice.choice(('999:999', '0:0', '7:7'))} /var/lib/docker/volumes/pair_data/_data")
    return set()


def release_file(project: ProbeProject, dice: Random) -> set[str]:
    path = dice.choice(("probe/current/probe.conf", "pair/current/first.conf", "pair/live/notes/note.txt"))
    project.on_host(f"echo '# by hand' >>/opt/{path}")
    return {path.partition("/")[0]}


def by_hand(project: ProbeProject, dice: Random) -> set[str]:
    """Somebody tries another configuration, in the app's folder as Compose knows it."""
    tried = "sed --in-place 's/TURN_first: .*/TURN_first: mine/' $(readlink -f compose.yaml)"
    project.on_host(f"cd /opt/pair && {tried} && docker compose up --detach 2>/dev/null || docker ps --all")
    return {"pair"}


def secrets_mode(project: ProbeProject, dice: Random) -> set[str]:
    app = dice.choice(("probe", "pair"))
    project.on_host(f"chmod 644 /opt/{app}/current/.env")
    return {app}


def no_rules(project: ProbeProject, dice: Random) -> set[str]:
    project.on_host("nft delete table inet guildhall")
    return {"Firewall | firewall: rules"}


REPOSITORY: tuple[Edit, ...] = (record, configuration, environment, live_file, secret, host_setting)
HOST: tuple[Edit, ...] = (
    *(host_file, package, unit, boot, no_rules),
    *(container, renamed, image, network, no_network, volume_owner, release_file, by_hand, secrets_mode),
)
