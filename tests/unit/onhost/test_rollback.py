"""The program on the host: back to a release that it still has."""

import json
from typing import Any

import pytest

from tests.support.engine import Engine
from tests.support.host import good, serving, sick
from tests.support.inside import Inside


def back(world: Inside, to: str = "", **told: Any) -> tuple[int, str]:
    """Exit code and all that was said."""
    given = {"app": "app", "to": to, "by": "me@here", "wait": 2, "postgres_host": "", "postgres_port": 5432}
    return world.ran("rollback", f"{json.dumps(given | told)}\n")


@pytest.mark.parametrize(("to", "wanted"), [("", "b"), ("a", "a"), ("b000", "b")])
def test_an_app_goes_back_to_the_release_before_or_to_one_by_name(
    world: Inside, engine: Engine, to: str, wanted: str
) -> None:
    for each in "abc":
        world.deploy(good(each))
    code, said = back(world, to)

    assert code == 0, said
    assert serving(world, engine) == (wanted, wanted, [wanted])
    assert said.endswith(f"app: deployed {wanted.ljust(12, '0')}\n")
    assert world.results == ["deployed"] * 4
    assert (
        back(world, wanted)[1]
        == f"app: REFUSED: {wanted.ljust(12, '0')} serves already; nothing was changed\n"
    )


def test_twice_back_is_not_forth_again_by_chance(world: Inside, engine: Engine) -> None:
    for each in "abc":
        world.deploy(good(each))
    back(world, "a")
    code, _ = back(world)

    assert code == 0
    assert serving(world, engine)[0] == "c"


@pytest.mark.parametrize(
    ("to", "said"), [("", "no release before the one that serves"), ("dead", "no release dead")]
)
def test_what_is_not_kept_is_refused_and_what_is_kept_is_named(world: Inside, to: str, said: str) -> None:
    world.deploy(good("a"))
    kept = f"this host keeps {said}; it has a{'0' * 11}"

    assert back(world, to) == (1, f"app: REFUSED: {kept}; nothing was changed\n")


def test_there_is_no_way_back_over_a_one_way_migration(world: Inside, engine: Engine) -> None:
    world.deploy(good("a"))
    world.deploy(good("b", one_way=True))
    world.deploy(good("c"))
    code, said = back(world, "a")
    allowed, _ = back(world, "b")

    assert code == 1
    assert f"the migration that came with b{'0' * 11} is one-way, and a{'0' * 11} cannot use the data" in said
    assert allowed == 0
    assert serving(world, engine)[0] == "b"


def test_a_release_that_gets_sick_again_gives_way_to_the_one_that_served(
    world: Inside, engine: Engine
) -> None:
    world.deploy(good("a"))
    world.deploy(good("b"))
    compose = next(world.stack.releases.glob("*-a*")) / "compose.yaml"
    compose.write_bytes(sick("a").files["compose.yaml"])
    code, said = back(world)

    assert code == 1
    assert "ROLLED BACK at up: the previous release, b" in said
    assert serving(world, engine) == ("b", "b", ["b"])
