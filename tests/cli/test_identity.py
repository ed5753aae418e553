"""A server under another name: the real command line leaves it alone, and deploys the others."""

import base64
import json
from collections import defaultdict
from pathlib import Path

import pytest

from onhost import answer
from tasks.host.identity import FILE, written
from tests.support.plans import BARE_HOSTS, production
from tests.support.project import Ran

READ = " read;"


def bare(text: str) -> list[str]:
    """What a host without anything but its name says."""
    told = {"kind": "bare", "identity": base64.b64encode(text.encode()).decode(), "system": ""}
    return [answer.BEGIN, json.dumps(told), answer.END]


def deployed(tmp_path: Path, names: dict[str, str], *options: str) -> tuple[Ran, dict[str, list[str]]]:
    """A run over hosts whose files say these names, and what each host was told."""
    says, heard = tmp_path / "says.json", tmp_path / "heard"
    says.write_text(json.dumps({host: {READ: bare(text)} for host, text in names.items()}))
    with production(tmp_path / "copy") as operator:
        ran = operator.run(
            *(BARE_HOSTS, "inventory.py", "deploys/site.py", "--data", "app=node-exporter", *options),
            HOSTS_SAY=str(says),
            HOSTS_HEARD=str(heard),
        )
    told = defaultdict(list)
    for line in heard.read_text().splitlines():
        host, command, _ = json.loads(line)
        told[host].append(command)
    return ran, told


def test_swapped_names_are_two_lines_and_the_third_server_is_deployed(tmp_path: Path) -> None:
    swapped = {
        "tools-prod": written("management", "production"),
        "management": written("tools-prod", "production"),
        "authentik-prod": written("authentik-prod", "production"),
    }

    ran, told = deployed(tmp_path, swapped, "-y")

    refused = [line for line in ran.complaints if "this server is" in line]
    assert ran.code == 1
    assert [" ".join(line.partition(": nothing was changed")[0].split()) for line in sorted(refused)] == [
        "[management] this server is 'tools-prod' of production, and not 'management' of production",
        "[tools-prod] this server is 'management' of production, and not 'tools-prod' of production",
    ]
    assert [len(told[host]) for host in ("tools-prod", "management")] == [1, 1]
    assert any('" apply;' in command for command in told["authentik-prod"])
    assert "Traceback" not in ran.err


def test_a_plan_at_the_terminal_goes_on_without_a_question(tmp_path: Path) -> None:
    ran, told = deployed(tmp_path, {"tools-prod": written("management", "production")}, "--dry")

    assert (ran.code, len(told["tools-prod"])) == (1, 1)
    assert "Traceback" not in ran.err
    assert "Press enter" not in ran.err
    assert len([line for line in ran.complaints if "node-exporter: release" in line]) == 2


@pytest.mark.parametrize("text", [written("tools-prod", "lab"), "{"])
def test_a_plan_says_it_too_and_lists_nothing_for_that_server(tmp_path: Path, text: str) -> None:
    ran, told = deployed(tmp_path, {"tools-prod": text}, "--dry", "--json")

    assert ran.code == 1
    assert len([line for line in ran.complaints if FILE in line]) == 1
    assert len(told["tools-prod"]) == 1
    changed = {host for each in json.loads(ran.out)["plan"] for host in each["hosts_with_change"]}
    assert changed == {"management", "authentik-prod"}


def test_the_first_deploy_gives_a_server_its_name_and_the_next_one_leaves_it(tmp_path: Path) -> None:
    ran, told = deployed(tmp_path, {"tools-prod": written("tools-prod", "production")}, "-y")

    assert ran.code == 0, ran.err
    assert [command for command in told["tools-prod"] if "host.json.new" in command] == []
    for host in ("management", "authentik-prod"):
        (named,) = (number for number, command in enumerate(told[host]) if "host.json.new" in command)
        packages = next(number for number, command in enumerate(told[host]) if "apt-get" in command)
        assert named < packages


def test_where_every_server_is_another_one_the_run_ends(tmp_path: Path) -> None:
    names = dict.fromkeys(("tools-prod", "management", "authentik-prod"), written("elsewhere", "production"))

    ran, told = deployed(tmp_path, names, "-y")

    assert (ran.code, {host: len(commands) for host, commands in told.items()}) == (
        1,
        dict.fromkeys(names, 1),
    )
    assert "Traceback" not in ran.err
