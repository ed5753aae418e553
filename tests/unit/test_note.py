"""What a plan found is left on the hosts, and where that cannot be done, it is said why."""

from types import SimpleNamespace

import pytest
from pyinfra.connectors.util import CommandOutput, OutputLine

from tasks import note
from tasks.plan import HostPlan, Plan

PLAN = Plan(environment="lab", commit="", deploys=(), hosts=(HostPlan(name="tools-prod"),))


@pytest.mark.parametrize(
    ("good", "lines", "said"),
    [(True, [], []), (False, ["No space left"], ["No space left"]), (False, [], ["it does not say why"])],
)
def test_a_host_that_takes_no_note_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], said: list[str], *, good: bool
) -> None:
    output = CommandOutput([OutputLine("stderr", line) for line in lines])
    host = SimpleNamespace(data=SimpleNamespace(), run_shell_command=lambda *_, **__: (good, output))
    state = SimpleNamespace(inventory=SimpleNamespace(get_host=lambda _: host))
    monkeypatch.setattr(note, "worked_on", lambda _: state)
    monkeypatch.setattr(note, "privileges", lambda _: {})

    assert list(note.note(PLAN)) == [f"tools-prod: this could not be noted there: {why}" for why in said]
