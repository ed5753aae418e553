"""The program on the host: what is done in a running app decides whether its release counts."""

import signal
import subprocess
from collections.abc import Callable

from tests.support.after_up import answers, idp
from tests.support.engine import Answer, Engine
from tests.support.host import World


def test_what_hangs_is_ended_and_said(world: World, engine: Engine, hanging: Callable[[], Answer]) -> None:
    engine.hooks.append(answers(hanging))
    code, said = world.deploy(idp("a"))

    assert "REFUSED at after_up" in said
    assert "it did not end within 3 s" in said
    assert code == 1


def test_what_hangs_is_ended_in_the_container_too_with_what_it_started(world: World, engine: Engine) -> None:
    """Docker's client hands no signal on, and ends alone."""
    inside: list[subprocess.Popen[bytes]] = []

    def hangs(words: list[str]) -> Answer | None:
        if words[0] != "exec":
            return None
        name, _, value = words[1].removeprefix("--env=").partition("=")
        # One does as it is told, the other one must be made to.
        inside.extend(
            subprocess.Popen(["sh", "-c", program], env={name: value}, start_new_session=True)
            for program in ("sleep 60", "trap '' TERM; while :; do sleep 1; done")
        )
        return inside[1].wait(60), ""

    engine.hooks.append(hangs)
    other = subprocess.Popen(["sleep", "60"], env={"GUILDHALL_STEP": "of another run"})
    code, said = world.deploy(idp("a"))

    assert code == 1
    assert "it did not end within 3 s" in said
    assert [each.wait(5) for each in inside] == [-signal.SIGTERM, -signal.SIGKILL]
    assert other.poll() is None
    other.kill()
