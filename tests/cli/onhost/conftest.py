"""A host of files with an engine, for the program that applies releases."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.engine import CLIENT, Answer, Engine, listening
from tests.support.host import World

PROGRAMS = f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture
def hanging(engine: object) -> Iterator[Callable[[], Answer]]:
    """An answer that does not come as long as the test lasts."""
    over = threading.Event()

    def answer() -> Answer:
        over.wait(60)
        return 1, ""

    yield answer
    over.set()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(folder=tmp_path)
    with listening(made, tmp_path / "docker.sock"):
        yield made


@pytest.fixture
def world(tmp_path: Path, engine: Engine) -> World:
    made = World(tmp_path, tmp_path / "docker.sock", f"{tmp_path}/bin:{PROGRAMS}")
    made.program("docker", CLIENT.format(socket=str(made.socket)), interpreter=f"{sys.executable} -IS")
    made.program("iptables", f"[ ! -e {tmp_path}/flushed ]")
    made.program("systemctl", f'echo "$*" >>{tmp_path}/units; rm -f {tmp_path}/flushed')
    (tmp_path / "opt").mkdir()
    return made
