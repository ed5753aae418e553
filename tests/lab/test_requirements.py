"""Every program says which of its variables is missing, and does not get healthy without it."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import DOUBLES, RUNNING, Placed, everything, record
from tests.lab.running import ROOT, Lab
from tests.lab_unit.contracts import Double, parts
from tests.support.project import Project

pytestmark = pytest.mark.apps

# As the reviewed files have them: what a service is given must be known before there is a lab.
WRITTEN = {
    part.name: part
    for file in (ROOT / "tests/golden").glob("*/*/compose.yaml")
    for part in parts(record(file.parent.name), yaml.safe_load(file.read_text()))
}
# Whatever it lacks, this one runs on and says that the database is down: DatabaseDown tells of it.
TELLS = "postgres-exporter/postgres-exporter"
# A one-shot leaves no container to start anew; the only real one runs the same file as its neighbour.
REAL = [
    (part.name, secret)
    for part in WRITTEN.values()
    if not isinstance(part, Double) and not part.app.service(part.service).one_shot and part.name != TELLS
    for secret in part.secrets
]
# The others are told all they need by flags.
SET = [name for name in RUNNING if WRITTEN[name].environment]


@pytest.fixture(scope="module")
def placed(lab: Lab, site: FirstRuns) -> dict[str, Placed]:
    return everything(lab)


def sections(text: str, mark: str) -> dict[str, str]:
    """What follows each line `MARK name`."""
    _, *found = re.split(rf"^{mark} (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def question(double: Double) -> str:
    """Asks a double, where it runs, for its last words and for those without each of its variables."""
    words = f"-m doubles.without {double.contract.name} {' '.join(sorted(double.wanted))}"
    if double.app.service(double.service).one_shot:
        run = "docker compose run --rm --no-deps --no-TTY --entrypoint python3"
        return f"cd /opt/{double.app.name} && {run} {double.service} {words}"
    last = f"docker logs {double.container} 2>&1 | grep -E '^(healthy|unhealthy|warning): ' | tail -n 1"
    # What another test did to its neighbours may be a moment ago.
    well = f"for second in $(seq 30); do {last} | grep -q ^healthy && break; sleep 1; done; {last}"
    return f"{well}; docker exec {double.container} python3 {words}"


def asked(lab: Lab, here: Iterable[Placed], commands: Callable[[list[Placed]], list[str]]) -> dict[str, str]:
    """What commands about the services of each host print after `asked NAME`, all hosts at once."""
    services = list(here)

    def on(host: layout.Host) -> str:
        lines = commands([at for at in services if at.host == host.name])
        return lab.ssh(host.name, "\n".join([*lines, "true"]))

    with ThreadPoolExecutor() as pool:
        return sections("".join(pool.map(on, layout.HOSTS)), "asked")


@pytest.fixture(scope="module")
def answers(lab: Lab, placed: Mapping[str, Placed]) -> dict[str, str]:
    """What each double answers to its question."""

    def questions(here: list[Placed]) -> list[str]:
        return [f"echo asked {at.part.name}; ({question(at.double)}) 2>&1" for at in here]

    return asked(lab, (placed[name] for name in DOUBLES), questions)


@pytest.mark.parametrize("name", DOUBLES)
def test_a_program_that_lacks_any_one_of_its_variables_is_unhealthy_and_names_it(
    placed: Mapping[str, Placed], answers: Mapping[str, str], name: str
) -> None:
    said = sections(answers[name], "without")

    assert said.keys() == placed[name].double.wanted, answers[name]
    assert [each for each in said if not re.search(rf"unhealthy: .*\b{each}\b", said[each])] == []


@pytest.mark.parametrize("name", RUNNING)
def test_a_program_with_all_its_variables_is_well_and_has_nothing_to_warn_of(
    placed: Mapping[str, Placed], answers: Mapping[str, str], name: str
) -> None:
    assert answers[name].startswith(f"healthy: {placed[name].double.contract.name} "), answers[name]


def first(double: Double) -> str:
    """One of its variables, a secret if it has any."""
    return min(double.secrets & double.wanted or double.wanted & double.environment.keys())


def start_beside(at: Placed) -> str:
    """A command that starts a double's program a second time, as Compose does, less one variable."""
    words = shlex.join(["-u", first(at.double), at.container["Path"], *at.container["Args"]])
    run = f"docker compose run --detach --no-deps --name less-{at.part.container} --entrypoint env"
    return f"cd /opt/{at.part.app.name} && {run} {at.part.service} {words} >/dev/null 2>&1"


@pytest.fixture(scope="module")
def starts(lab: Lab, placed: Mapping[str, Placed]) -> dict[str, str]:
    """How each double is two seconds after it said what it lacks, and all that it said."""

    def commands(here: list[Placed]) -> list[str]:
        names = [f"less-{at.part.container}" for at in here]
        said = "docker logs $name 2>&1 | grep -q ^unhealthy"
        wait = f"for name in {' '.join(names)}; do timeout 20 sh -c 'until {said}; do sleep 0.5; done'; done"
        state = "docker inspect -f '{{.State.Status}} {{.State.Health.Status}}'"
        looks = [
            f"echo asked {at.part.name}; {state} {name}; docker logs {name} 2>&1"
            for at, name in zip(here, names, strict=True)
        ]
        gone = "docker ps -aq --filter name=^less- | xargs -r docker rm --force >/dev/null"
        # Four at a time: more would only take turns.
        begun = [f"({start_beside(at)}) & {'wait' * (number % 4 == 3)}" for number, at in enumerate(here)]
        return [*begun, f"wait; export name; {wait}; sleep 2", *looks, gone]

    return asked(lab, (placed[name] for name in SET), commands)


@pytest.mark.parametrize("name", SET)
def test_a_container_without_a_variable_does_not_get_healthy(
    placed: Mapping[str, Placed], starts: Mapping[str, str], name: str
) -> None:
    state, _, said = starts[name].partition("\n")

    assert re.fullmatch("(running|exited) (starting|unhealthy)", state), said
    assert re.search(rf"^unhealthy: .*\b{first(placed[name].double)}\b", said, re.MULTILINE), said


def start_without(container: Mapping[str, Any], variable: str) -> str:
    """A command that starts a container's program anew: alone, on empty volumes, less one variable."""
    temporary = (container["HostConfig"]["Tmpfs"] or {}).items()
    mounts = [
        f"--volume={each['Source']}:{each['Destination']}:ro"
        if each["Type"] == "bind"
        else f"--tmpfs={each['Destination']}:mode=1777"
        for each in container["Mounts"]
    ]
    flags = [
        f"--name=without-{variable.lower()}",
        f"--user={container['Config']['User']}",
        "--rm --network=none --env-file=/dev/stdin",
        *(f"--tmpfs={path}:{options or 'mode=1777'}" for path, options in temporary),
        *mounts,
        f"--entrypoint={container['Path']}",
    ]
    words = shlex.join([container["Image"], *container["Args"]])
    environment = "docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' " + container["Id"]
    return (
        f"{environment} | grep -v -e '^{variable}=' -e '^$' |"
        f" timeout 20 docker run {' '.join(flags)} {words} 2>&1; echo ended $?;"
        f" docker rm --force without-{variable.lower()} >/dev/null 2>&1; true"
    )


@pytest.mark.parametrize(("name", "variable"), sorted(REAL))
def test_a_real_program_that_lacks_a_secret_does_not_start_and_names_it(
    lab: Lab, placed: Mapping[str, Placed], name: str, variable: str
) -> None:
    said = lab.ssh(placed[name].host, start_without(placed[name].container, variable))

    assert int(said.split()[-1]) not in (0, 124), said
    assert re.search(rf"\b{variable}\b", said), said


def test_a_deploy_without_a_required_variable_names_it_and_the_release_before_serves_again(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    template = project.root / "templates/wobbler/compose.yaml.j2"
    lines = template.read_text().splitlines(keepends=True)
    template.write_text("".join(line for line in lines if "SCW_REGION" not in line))
    project.edit("catalogue/apps/wobbler.py", "start_seconds=30,", "start_seconds=2, interval_seconds=1,")
    serving = lab.ssh("management", "readlink /opt/wobbler/applied").strip()
    run = lab.deploy("management", "-y", "--limit", "management", "--data", "app=wobbler", root=project.root)

    assert run.code == 1
    assert "wobbler: service wobbler is running, unhealthy; its last lines:" in run
    assert "unhealthy: SCW_REGION: missing" in run
    assert f"ROLLED BACK at up: the previous release, {serving.rpartition('-')[2]}, serves again" in run
    health = "docker inspect -f '{{.State.Health.Status}}' wobbler-wobbler-1"
    assert lab.ssh("management", f"readlink /opt/wobbler/current; {health}").split() == [serving, "healthy"]
