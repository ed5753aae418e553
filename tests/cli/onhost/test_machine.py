"""The program on a host says how the host itself is, by programs that the host has."""

import hashlib
import json
from pathlib import Path
from typing import Any

from onhost import answer
from tests.support.host import World

SHOW = """
[ "$1 $2 $4" = "show --timestamp=unix --" ] || exit 1
shift 4
for unit in "$@"; do
  printf 'LoadState=loaded\\nActiveState=active\\nActiveEnterTimestamp=@%s\\n\\n' "${#unit}"
done
"""
LIST = 'printf "curl installed\\nsudo config-files\\n"; exit 1  # of one it knows nothing'


def asked(world: World, **names: list[str]) -> dict[str, Any]:
    """What it says of the host, by the program as it arrives there."""
    kinds = ("files", "units", "packages", "accounts", "groups")
    code, said = world.ran("read", json.dumps({kind: names.get(kind, []) for kind in kinds}) + "\n")
    [host] = [each for each in answer.read(said.splitlines()) if each["kind"] == "host"]
    assert code == 0
    return host


def test_it_says_of_each_thing_by_its_name(world: World, tmp_path: Path) -> None:
    world.program("systemctl", SHOW)
    world.program("dpkg-query", LIST)
    file = tmp_path / "etc"
    file.write_text("x")
    host = asked(
        world,
        files=[str(file), "/nosuch"],
        units=["a.timer", "ab.service"],
        packages=["curl", "sudo", "nosuch"],
        accounts=["root", "no-such-account"],
        groups=["no-such-group"],
    )

    assert host["files"][str(file)][2] == hashlib.sha256(b"x").hexdigest()
    assert list(host["files"]) == [str(file)]
    assert host["units"] == {"a.timer": [7, True, False], "ab.service": [10, True, False]}
    assert (host["packages"], host["accounts"]) == (["curl"], ["root"])
    assert host["groups"] == {"no-such-group": []}


def test_a_host_without_these_programs_has_none_of_it(world: World) -> None:
    world.program("systemctl", "exit 1")
    world.program("dpkg-query", "exit 1")
    world.program("nft", "exit 1")
    host = asked(world, units=["ssh.service"], packages=["curl"])

    assert (host["units"], host["packages"], host["rules"]) == ({"ssh.service": [0, False, False]}, [], False)


def test_who_asks_nothing_of_the_host_is_told_of_its_stacks_alone(world: World) -> None:
    assert [line["kind"] for line in world.read()] == ["leftovers"]


def test_questions_that_are_damaged_are_a_problem(world: World) -> None:
    code, said = world.ran("read", "{\n")
    [line] = answer.read(said.splitlines())

    assert (code, line["kind"]) == (0, "problem")
