"""The program on the host, on hosts as nobody expects them: what serves goes on, and what it says is true."""

import pytest

from tests.support.engine import Engine
from tests.support.host import World, good


def test_what_the_hosts_environment_says_of_an_engine_is_not_heeded(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "DOCKER_HOST",
        "DOCKER_CONTEXT",
        "COMPOSE_FILE",
        "COMPOSE_PROJECT_NAME",
        "PYTHONPATH",
        "TMPDIR",
    ):
        monkeypatch.setenv(name, "/nowhere")
    seen = world.root / "seen"
    docker = world.root / "bin/docker"
    text = docker.read_text()
    docker.write_text(
        text.replace(
            "import json", f"import os; open({str(seen)!r}, 'w').write(str(os.environ)); import json"
        )
    )
    code, said = world.deploy(good("a"))

    assert code == 0, said
    assert "/nowhere" not in seen.read_text()
