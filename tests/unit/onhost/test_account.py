"""The program on the host: a command that makes the first account of an app."""

import json

import pytest

from tests.support.engine import Engine
from tests.support.host import release
from tests.support.inside import Inside


@pytest.fixture
def running(world: Inside, engine: Engine) -> Inside:
    secret = {".env": 'SECRET="canary-secret"\n'}
    assert world.deploy(release("a", "services: {web: {x-digest: a}}", secret))[0] == 0
    (world.stack.folder / "current/secrets/web").mkdir(parents=True)
    (world.stack.folder / "current/secrets/web/KEY").write_text("canary-file\n")
    return world


def asked(world: Inside, service: str = "web", given: str = "canary-typed\n") -> tuple[int, str]:
    """Exit code and all that was said."""
    told = {"app": "app", "service": service, "command": ["add", "ada"], "given": given}
    return world.ran("account", f"{json.dumps(told)}\n")


def test_it_runs_in_the_service_and_what_it_says_is_shown_without_secrets(
    running: Inside, engine: Engine
) -> None:
    engine.hooks.append(
        lambda words: (0, "ada: canary-secret canary-file canary-typed\n") if words[0] == "exec" else None
    )
    code, said = asked(running)
    [container] = engine.containers

    assert (code, said) == (0, "    ada: *** *** ***\napp: done\n")
    assert engine.asked[-1] == f"exec --interactive {container} add ada"
    assert running.results == ["deployed"]
    assert (running.started[-1].limit, running.started[-1].given) == (300, "canary-typed\n")


def test_what_fails_is_said_with_the_reason(running: Inside, engine: Engine) -> None:
    engine.hooks.append(lambda words: (1, "ada is there\n") if words[0] == "exec" else None)

    assert asked(running) == (1, "    ada is there\napp: FAILED in web\n")


def test_a_service_that_does_not_run_is_said(running: Inside) -> None:
    assert asked(running, service="worker") == (1, "app: FAILED in worker: it does not run\n")


def test_another_apps_service_of_the_same_name_is_left_alone(running: Inside, engine: Engine) -> None:
    engine.containers.clear()
    engine.container("web", "second")

    assert asked(running) == (1, "app: FAILED in web: it does not run\n")


def test_an_engine_that_is_away_is_said(running: Inside) -> None:
    running.socket.unlink()

    assert asked(running) == (1, "app: FAILED: Docker Engine does not answer on this host (no socket)\n")
