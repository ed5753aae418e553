"""What a plan says is what apply does, all of it and nothing else: six rounds, sixty in `make soak`.

ROUNDS says how many, SEED with which edits; the name of a test says which kinds were made together.
"""

import json
import os
import random
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import layout
from tests.lab import probe
from tests.lab.isolated.edits import FILES, HOST, PACKAGE, RECORD, REPOSITORY, TEMPLATES, UNITS, Edit
from tests.lab.projects import ProbeProject, plant
from tests.lab.running import Lab, guildhall

pytestmark = pytest.mark.stacks

SEED = int(os.environ.get("SEED", "1"))
ROUNDS = int(os.environ.get("ROUNDS", "6"))
DEPLOY = f"""{probe.HOST_DEPLOY}
from catalogue import APPS
from tasks.server import programs

programs(app for app in APPS if app.name in ("probe", "pair"))
"""
CONVERGED = "converged"
"""A file that says so of the round before."""
WORDS = ("deploys/truth.py", "--limit", layout.TOOLS.name)
WATCHED = (*UNITS, "docker.service", "systemd-journald.service", "ssh.service", "guildhall-firewall.service")
# Of each thing one line: what it is, and what becomes another when it is started, written or installed anew.
SEEN = f"""
docker ps -aq | xargs -r docker inspect -f '{{{{index .Config.Labels "com.docker.compose.project"}}}}/{{{{
  index .Config.Labels "com.docker.compose.service"}}}} {{{{.Id}}}} {{{{.State.StartedAt}}}}'
for unit in {" ".join((*WATCHED, "guildhall-boot.service"))}; do
  echo "$unit $(systemctl show --property=InvocationID --value $unit) $(systemctl is-enabled $unit)"
done
stat -c '%n %i %a %u' {" ".join(FILES)} 2>/dev/null
dpkg-query --show --showformat='${{Package}} ${{db:Status-Status}}\\n' {PACKAGE}
true
"""
TOUCHED = {
    "Host | journal: settings": {"systemd-journald.service"},
    "Host | updates: when it may": {"guildhall-reboot.timer"},
    "Host | bans: who and how long": {"fail2ban.service"},
    "Host | packages: what the host needs": {PACKAGE},
    "Firewall | firewall: rules": {"guildhall-firewall.service"},
    "Docker Engine | docker: settings": {"docker.service"},
    "Docker Engine | containers: what tells of them": {"guildhall-containers.service"},
    "Docker Engine | containers: service": {"guildhall-containers.service"},
    "Docker Engine | boot: service": {"guildhall-boot.service"},
}
"""Part of a host: what is started or installed anew with it; its file is written anew as well."""


def rounds() -> list[tuple[Edit, ...]]:
    """Some kinds at a time, each kind equally often: six rounds have all of them."""
    dice, pile = random.Random(SEED), list[Edit]()  # noqa: S311 - nothing secret
    kinds = (*REPOSITORY, *HOST)
    count = -(-len(kinds) // 6)
    while len(pile) < count * ROUNDS:
        pile += dice.sample(kinds, len(kinds))
    return [tuple(dict.fromkeys(pile[count * turn :][:count])) for turn in range(ROUNDS)]


@pytest.fixture(scope="module")
def pair(
    lab: Lab, machine: layout.Host, spare: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProbeProject]:
    """The probe and an app of two services, of which each round leaves what the next begins with."""
    made = ProbeProject(tmp_path_factory.mktemp("truth") / "project", lab, machine.name)
    shutil.copytree(spare, made.root, symlinks=True)
    plant(made, "pair", RECORD, TEMPLATES)
    made.write("deploys/truth.py", DEPLOY)
    keys = {name: secrets.token_hex(32) for name in ("FIRST_KEY", "SECOND_KEY")}
    made.store("lab").write("pair", keys, replace=True)
    yield made
    lab.ssh(machine.name, "cd /opt/pair && docker compose down --volumes; rm -rf /opt/pair")


@pytest.fixture
def converged(pair: ProbeProject) -> ProbeProject:
    """Everything is as it should be; a round that failed left it otherwise."""
    mark = pair.root / CONVERGED
    if not mark.exists():
        done = guildhall(pair.root, "apply", *WORDS, "--yes")
        assert done.code == 0, done.output
    mark.unlink(missing_ok=True)
    return pair


def plan(project: ProbeProject) -> dict[str, Any]:
    done = guildhall(project.root, "plan", *WORDS, "--json")
    said: dict[str, Any] = json.loads(done.output)
    assert done.code == said["code"], done.output
    return said


def seen(project: ProbeProject) -> dict[str, str]:
    lines = project.on_host(SEEN).splitlines()
    return {name: rest for name, _, rest in (line.partition(" ") for line in lines)}


def touched(host: dict[str, Any]) -> set[str]:
    """What a plan says will not be what it was before."""
    steps = {step["name"] for step in host["steps"] if step["changes"]}
    places = {path for path, name in FILES.items() if name in steps}
    started = {f"{app['app']}/{service}" for app in host["apps"] for service in app["restarts"]}
    return started | places | set[str]().union(*(TOUCHED.get(name, set()) for name in steps))


@pytest.mark.parametrize("edits", rounds(), ids=lambda edits: "+".join(each.__name__ for each in edits))
def test_what_is_planned_is_named_is_done_and_is_all(
    converged: ProbeProject, edits: tuple[Edit, ...], request: pytest.FixtureRequest
) -> None:
    dice = random.Random(f"{SEED} {request.node.name}")  # noqa: S311 - nothing secret
    moved: dict[str, set[str]] = {"repository": set(), "host": set()}
    for edit in edits:
        moved["repository" if edit in REPOSITORY else "host"] |= edit(converged, dice)
    wanted = moved["repository"] | moved["host"]
    said = plan(converged)
    [host] = said["hosts"]
    named = {app["app"] for app in host["apps"]} | {step["name"] for step in host["steps"]}
    before = seen(converged)
    done = guildhall(converged.root, "apply", *WORDS, "--yes")
    after = seen(converged)

    assert named == wanted, said
    for each in (*host["apps"], *host["steps"]):
        sides = [side for side, parts in moved.items() if each.get("app", each.get("name")) in parts]
        assert each["cause"] == ("both" if len(sides) == 2 else sides[0]), each
    assert (said["code"], done.code) == (2 if wanted else 0, 0), done.output
    other = {name for name in before | after if before.get(name) != after.get(name)}
    assert other == touched(host), f"{json.dumps(host, indent=1)}\n{done.output}"
    left = plan(converged)
    assert left["code"] == 0, left["hosts"]
    (converged.root / CONVERGED).touch()
