"""The program on the host: a command that makes the first account of an app."""

import json

import pytest

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


def test_it_runs_in_the_service_and_what_it_says_is_shown_without_secrets(
    running: World, engine: Engine
) -> None:
    engine.hooks.append(
        lambda words: (0, "ada: canary-secret canary-file canary-typed\n") if words[0] == "exec" else None
    )
    code, said = asked(running)
    [container] = engine.containers

    assert (code, said) == (0, "    ada: *** *** ***\napp: done\n")
    assert engine.asked[-1] == f"exec --interactive {container} add ada"
    assert running.results == ["deployed"]


def test_what_fails_is_said_with_the_reason(running: World, engine: Engine) -> None:
    engine.hooks.append(lambda words: (1, "ada is there\n") if words[0] == "exec" else None)

    assert asked(running) == (1, "    ada is there\napp: FAILED in web\n")


def test_a_service_that_does_not_run_is_said(running: World) -> None:
    assert asked(running, service="worker") == (1, "app: FAILED in worker: it does not run\n")
