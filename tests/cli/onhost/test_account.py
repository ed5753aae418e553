"""The program on the host: a command that makes the first account of an app."""

import json

import pytest
from pyinfra.api import Inventory

from catalogue.model import App, FirstAdmin, Health, Image, Service, Upgrade
from tasks import admin
from tests.support.engine import Engine
from tests.support.host import World, release


@pytest.fixture
def running(world: World, engine: Engine) -> World:
    secret = {".env": 'SECRET="canary-secret"\n'}
    assert world.deploy(release("a", "services: {web: {x-digest: a}}", secret))[0] == 0
    (world.stack.folder / "current/secrets/web").mkdir(parents=True)
    (world.stack.folder / "current/secrets/web/KEY").write_text("canary-file\n")
    return world


def asked(world: World, service: str = "web", given: str = "canary-typed\n") -> tuple[int, str]:
    """Exit code and all that was said."""
    told = {"app": "app", "service": service, "command": ["add", "ada"], "given": given}
    return world.ran("account", f"{json.dumps(told)}\n")


def test_what_is_typed_arrives_at_the_program(running: World) -> None:
    running.program("docker", "cat | tr a-z A-Z")

    assert asked(running, given="by-hand\n")[1] == "    ***\napp: done\n"
    running.program("docker", "cat | wc -c")
    assert asked(running, given="by-hand\n")[1] == "    8\napp: done\n"
    assert asked(running, given="")[1] == "    0\napp: done\n"


def test_it_gets_there_by_the_connection_that_a_deploy_has(
    running: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine itself is the server: all but the way by SSH is as ever."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    image = Image(repository="docker.io/example/web", tag="1.2")
    health = Health(command=("true",), start_seconds=1)
    first = FirstAdmin(service="web", command=("add",), asks=("NAME",), password=True)
    record = App(
        name="app",
        purpose="A program.",
        group="tools",
        upgrade=Upgrade(step="any", one_way=False),
        services=(Service(name="web", image=image, health=health, memory_mb=64, user="1:1"),),
        first_admin=first,
    )
    named: dict[str, object] = {"tools": (["@local"], {})}
    inventory = Inventory((["@local"], {}), **named)  # type: ignore[no-untyped-call]
    engine.hooks.append(lambda words: (0, "ada: canary-secret\n") if words[0] == "exec" else None)

    assert admin.made(inventory, record, first, ("ada",), "typed") == ["    ada: ***", "app: done"]
    engine.hooks[0] = lambda words: (1, "ada is there\n") if words[0] == "exec" else None
    with pytest.raises(ValueError, match="    ada is there\napp: FAILED in web"):
        admin.made(inventory, record, first, ("ada",), "typed")
