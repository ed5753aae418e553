"""A change that may lock out counts only once a new connection came in; the host does the rest by itself."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from paramiko import SSHException
from pyinfra.api.exceptions import ConnectError

from tasks.host import trial
from tests.support.operations import FakeHost

PATH = "/etc/guildhall/firewall.nft"


@dataclass
class Connector:
    """A new connection: whether it comes in, and whether the trial is still there to be ended."""

    comes_in: Exception | None = None
    in_time: bool = True
    ran: list[str] = field(default_factory=list)

    def __call__(self, *_: object) -> "Connector":
        return self

    def connect(self) -> None:
        if self.comes_in:
            raise self.comes_in

    def run_shell_command(self, command: object, **_: object) -> tuple[bool, None]:
        self.ran.append(str(command))
        return self.in_time, None


def ended(monkeypatch: pytest.MonkeyPatch, made: Connector) -> tuple[bool, list[str]]:
    host: Any = FakeHost()
    host.connector = made
    monkeypatch.setattr(trial, "type", lambda each: each, raising=False)
    return trial.ended(None, host, PATH, 90), host.said  # type: ignore[arg-type]


def test_a_new_connection_that_comes_in_ends_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Connector()

    assert ended(monkeypatch, made) == (True, [])
    assert [each.split(" && ")[0] for each in made.ran] == [f"mv {trial.kept(PATH)} {trial.kept(PATH)}.over"]


@pytest.mark.parametrize("error", [ConnectError("no"), SSHException("no"), OSError("no"), EOFError("no")])
def test_one_that_does_not_fails_the_deploy_in_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    stays, [said] = ended(monkeypatch, Connector(comes_in=error))

    assert not stays
    assert said == (
        f"{PATH}: with it no new connection gets in (no); "
        "the host puts back what was there within 90 s, by itself"
    )


def test_one_that_comes_too_late_fails_the_deploy_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    stays, said = ended(monkeypatch, Connector(in_time=False))

    assert not stays
    assert said == [f"{PATH}: with it the connection hung; the host has put back what was there"]
