"""Every program says which of its variables is missing, and does not get healthy without it."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import layout
from tests.contracts import Double, Part, parts
from tests.lab.conftest import ROOT, Lab, Site, plain_copy
from tests.lab.deployed import DOUBLES, RUNNING, Placed, everything, record


def written() -> Iterator[Part]:
    """Every service as the reviewed files have it: what gets secrets must be known before there is a lab."""
    for file in (ROOT / "tests/golden").glob("*/*/compose.yaml"):
        yield from parts(record(file.parent.name), yaml.safe_load(file.read_text()))


# A one-shot leaves no container to start anew; the only real one runs the same file as its neighbour.
REAL = {
    (part.name, secret)
    for part in written()
    if not isinstance(part, Double) and not part.app.service(part.service).one_shot
    for secret in part.secrets
}


@pytest.fixture(scope="module")
def placed(lab: Lab, site: Site) -> dict[str, Placed]:
    return everything(lab)


def sections(text: str, mark: str) -> dict[str, str]:
    """What follows each line `MARK name`."""
    _, *found = re.split(rf"^{mark} (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def question(double: Double) -> str:
    """A command that asks a double, where it runs, for its words without each of its variables."""
    words = f"-m doubles.without {double.contract.name} {' '.join(sorted(double.wanted))}"
    if double.app.service(double.service).one_shot:
        run = "docker compose run --rm --no-deps --no-TTY --entrypoint python3"
        return f"cd /opt/{double.app.name} && {run} {double.service} {words}"
    return f"docker exec {double.container} python3 {words}"


@pytest.fixture(scope="module")
def answers(lab: Lab, placed: Mapping[str, Placed]) -> dict[str, str]:
    """What each double answers to its question."""

    def of(host: layout.Host) -> dict[str, str]:
        doubles = [placed[name].double for name in DOUBLES if placed[name].host == host.name]
        asked = [f"echo asked {double.name}; {question(double)} 2>&1" for double in doubles]
        return sections(lab.ssh(host.name, "\n".join([*asked, "true"])), "asked")

    with ThreadPoolExecutor() as pool:
        return {name: answer for found in pool.map(of, layout.HOSTS) for name, answer in found.items()}


@pytest.mark.parametrize("name", DOUBLES)
def test_a_program_that_lacks_any_one_of_its_variables_is_unhealthy_and_names_it(
    placed: Mapping[str, Placed], answers: Mapping[str, str], name: str
) -> None:
    said = sections(answers[name], "without")

    assert said.keys() == placed[name].double.wanted, answers[name]
    assert [each for each in said if not re.search(rf"unhealthy: .*\b{each}\b", said[each])] == []


@pytest.mark.parametrize("name", RUNNING)
def test_a_program_with_all_its_variables_is_well_and_has_nothing_to_warn_of(
    lab: Lab, placed: Mapping[str, Placed], name: str
) -> None:
    double = placed[name].double
    last = "grep -E '^(healthy|unhealthy|warning): ' | tail -n 1"
    said = lab.ssh(placed[name].host, f"docker logs {double.container} 2>&1 | {last}")

    assert said.startswith(f"healthy: {double.contract.name} "), said


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
    host, part = placed[name].host, placed[name].part
    (container,) = json.loads(lab.ssh(host, f"docker inspect {part.container}"))
    said = lab.ssh(host, start_without(container, variable))

    assert int(said.split()[-1]) not in (0, 124), said
    assert re.search(rf"\b{variable}\b", said), said


def test_a_deploy_without_a_required_variable_names_it_and_the_release_before_serves_again(
    lab: Lab, site: Site, tmp_path: Path
) -> None:
    root = plain_copy(tmp_path / "project")
    template, records = root / "templates/wobbler/compose.yaml.j2", root / "catalogue/management.py"
    lines = template.read_text().splitlines(keepends=True)
    template.write_text("".join(line for line in lines if "SCW_REGION" not in line))
    before, _, after = records.read_text().partition('name="wobbler"')
    hasty = after.replace("start_seconds=30,", "start_seconds=2, interval_seconds=1,", 1)
    records.write_text(f'{before}name="wobbler"{hasty}')
    serving = lab.ssh("management", "readlink /opt/wobbler/applied").strip()
    run = lab.deploy("management", "-y", "--limit", "management", "--data", "app=wobbler", root=root)

    assert run.code == 1
    assert "wobbler: service wobbler is running, unhealthy; its last lines:" in run
    assert "unhealthy: SCW_REGION: missing" in run
    assert f"ROLLED BACK at up: the previous release, {serving.rpartition('-')[2]}, serves again" in run
    health = "docker inspect -f '{{.State.Health.Status}}' wobbler-wobbler-1"
    assert lab.ssh("management", f"readlink /opt/wobbler/current; {health}").split() == [serving, "healthy"]
