"""The program on the host: what is done in a running app decides whether its release counts."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.settings import ROOT

PROGRAM = ROOT / "files/guildhall"
# Enough of Docker for one app that is always healthy; its worker says yes or no to what the release holds.
DOCKER = """
echo "$*" >>"$WORLD/asked"
case $1 in
  exec)
    [ "$2" = idp-worker-1 ] || exit 2
    tries=$(($(cat "$WORLD/tries" 2>/dev/null) + 1)); echo $tries >"$WORLD/tries"
    case $(cat "$WORLD/opt/idp/current/blueprint") in
      good) echo applied ;;
      late) [ $tries -gt 2 ] ;;
      slow) exec /bin/sleep 60 ;;
      hopeless) echo "never"; exit 2 ;;
      *) echo "Blueprint invalid: canary-secret: signing_kp"; exit 1 ;;
    esac ;;
  network) [ "$2" != inspect ] ;;
esac
"""
CURL = """
echo "$*" >>"$WORLD/asked"
[ -e "$WORLD/known" ]
"""


@dataclass(frozen=True)
class World:
    """A host of files, with programs that stand in for Docker and curl."""

    root: Path

    def deploy(self, revision: str, blueprint: str, **steps: str) -> subprocess.CompletedProcess[str]:
        """The program as it arrives on a host, with one app."""
        here = self.root / "incoming"
        shutil.rmtree(here, ignore_errors=True)
        (here / "000-idp/release").mkdir(parents=True)
        for part in PROGRAM.glob("*.sh"):
            # The host's own path, but ours first.
            shutil.copy(part, here)
        apply = (here / "apply.sh").read_text()
        (here / "apply.sh").write_text(apply.replace("export PATH=", f"export PATH={self.root}/bin:"))
        (here / "000-idp/release/compose.yaml").write_text("services: {}\n")
        (here / "000-idp/release/blueprint").write_text(blueprint)
        (here / "000-idp/release/.env").write_text('SECRET="canary-secret"\n')
        run = {"by": "me", "commit": "c", "wait": "2", "wait_at_first": "6", "edge": "edge"}
        (here / "deploy").write_text(assigned({**run, "postgres_host": "", "postgres_port": ""}))
        own = {"app": "idp", "revision": revision, "ready": "5", "needs": "", "images": "", "one_shots": ""}
        after = "after_up() { within 3 worker ak apply; }\n"
        values = assigned({**own, "one_way": "", "volumes": "", "is_edge": "", "door": "", **steps})
        (here / "000-idp/steps").write_text(values + after)
        return subprocess.run(
            ["sh", str(here / "apply.sh")],
            env={
                **os.environ,
                "WORLD": str(self.root),
                "GUILDHALL_ROOT": str(self.root / "opt"),
                "GUILDHALL_LOG": str(self.root / "log"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def results(self) -> list[str]:
        return [json.loads(line)["result"] for line in (self.root / "log").read_text().splitlines()]

    def is_at(self, revision: str) -> bool:
        current = self.root / "opt/idp/current"
        return current.is_symlink() and str(current.readlink()).endswith(f"-{revision}")


def assigned(values: Mapping[str, str]) -> str:
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "bin").mkdir()
    for name, body in {"docker": DOCKER, "curl": CURL, "sleep": 'exec /bin/sleep "0.$1"'}.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    (tmp_path / "opt").mkdir()
    return World(tmp_path)


def test_a_release_counts_when_its_app_has_done_what_it_was_told(world: World) -> None:
    ran = world.deploy("aaa", "good")

    assert (ran.returncode, world.results) == (0, ["deployed"]), ran.stdout + ran.stderr
    steps = [line.removeprefix("idp: ") for line in ran.stdout.splitlines()]
    assert steps[steps.index("up") : steps.index("publish")] == ["up", "after_up"]
    assert "exec idp-worker-1 ak apply" in (world.root / "asked").read_text()


def test_what_is_not_there_yet_is_waited_for(world: World) -> None:
    assert world.deploy("aaa", "late").returncode == 0
    assert (world.root / "tries").read_text().strip() == "3"


def test_a_release_that_its_app_refuses_is_rolled_back_with_the_reason(world: World) -> None:
    world.deploy("aaa", "good")
    ran = world.deploy("bbb", "broken")

    assert ran.returncode == 1
    assert "    Blueprint invalid: ***: signing_kp" in ran.stdout
    assert "idp: ROLLED BACK at after_up: the previous release, aaa, serves again" in ran.stdout
    assert (world.results, world.is_at("aaa")) == (["deployed", "rolled back"], True)
    # The previous release's own file was applied again, in case the refused one had come in by another way.
    assert "failed as well" not in ran.stdout


def test_a_release_with_migrated_data_stays_although_its_app_refuses_it(world: World) -> None:
    world.deploy("aaa", "good")
    ran = world.deploy("bbb", "broken", one_way="yes")
    before = (world.results, world.is_at("bbb"))
    again = world.deploy("bbb", "good")

    assert ran.returncode == 1
    assert "    Blueprint invalid: ***: signing_kp" in ran.stdout
    assert "idp: FAILED at after_up: it serves, and stays" in ran.stdout
    assert before == (["deployed", "failed"], True)
    assert (again.returncode, world.results[-1]) == (0, "deployed")


def test_a_first_release_that_its_app_refuses_is_taken_down(world: World) -> None:
    ran = world.deploy("aaa", "broken")

    assert (ran.returncode, world.results, world.is_at("aaa")) == (1, ["taken down"], False)
    assert "Blueprint invalid" in ran.stdout
    assert "idp: REFUSED at after_up" in ran.stdout


def test_what_is_of_no_use_is_not_tried_again(world: World) -> None:
    ran = world.deploy("aaa", "hopeless")

    assert "    never" in ran.stdout
    assert (world.root / "tries").read_text().strip() == "1"


def test_what_hangs_is_ended_and_said(world: World) -> None:
    ran = world.deploy("aaa", "slow")

    assert "in worker: it did not end within 3 s" in ran.stdout
    assert ran.returncode == 1


def test_a_page_is_asked_for_at_the_host_that_the_need_names(world: World) -> None:
    (world.root / "known").touch()
    ran = world.deploy(
        "aaa", "good", needs="https://idp.example/known http://n8n.example/start@10.0.0.2:9000"
    )

    assert ran.returncode == 0, ran.stdout
    asked = (world.root / "asked").read_text().splitlines()
    assert [line for line in asked if line.endswith("https://idp.example/known")]
    assert [line for line in asked if line.endswith("http://n8n.example/start --connect-to ::10.0.0.2:9000")]


def test_an_app_that_is_new_here_waits_longer_for_what_it_needs(world: World) -> None:
    new = world.deploy("aaa", "good", needs="https://idp.example/known")
    (world.root / "known").touch()
    world.deploy("aaa", "good", needs="https://idp.example/known")
    (world.root / "known").unlink()
    known = world.deploy("bbb", "good", needs="https://idp.example/known")

    assert "its https://idp.example/known does not answer after 6 s" in new.stdout
    assert "its https://idp.example/known does not answer after 2 s" in known.stdout
