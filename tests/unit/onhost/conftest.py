"""The program on the host in this very process: its engine is asked without a socket, and no time passes."""

import os
import time
from pathlib import Path

import pytest

from onhost import engine as of_the_host
from onhost.programs import Programs
from tests.support.engine import Engine
from tests.support.inside import Clock, Inside


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "sleep", made.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(folder=tmp_path)


@pytest.fixture
def world(tmp_path: Path, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Inside:
    made = Inside(tmp_path, tmp_path / "docker.sock", "/nowhere", engine)
    made.socket.touch()
    (tmp_path / "opt").mkdir()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Programs, "run", lambda _, *argv, **how: made.run(*argv, **how))
    monkeypatch.setattr(of_the_host, "_exchange", made.exchange)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return made
