"""No secret is in anything that is shown of a plan or kept of it, in whichever form."""

import json
import secrets
from pathlib import Path

import pytest

from catalogue import APPS
from catalogue.model import Site
from tasks.plan import (
    HostPlan,
    Plan,
    Progress,
    drift,
    markdown,
    metrics,
    origin,
    save,
    standings,
    text,
    to_json,
)
from tasks.plan.collect import _app
from tasks.plan.standing import shown, standing_json
from tasks.stacks import Change, HostState, Noted, Release
from tasks.stacks.changes import change
from tasks.stacks.diffs import lines, places
from tests.support.site import app, release_of, secrets_of
from tests.unit.test_changes import applied

WITH_SECRETS = [each.name for each in APPS if each.present and (each.secrets or each.oidc or each.database)]


def canaries(name: str) -> dict[str, str]:
    """A value that stands nowhere else, for each secret of an app."""
    return {variable: f"canary{secrets.token_hex(32)}" for variable in secrets_of(app(name))}


def shown_files(step: Change, found: HostState, before: Release) -> tuple[str, ...]:
    """What `--diff` shows, where the host has the files of another release."""
    contents = {
        place: before.files.get(path, b"").decode(errors="replace")
        for path, place in places(step, found).items()
    }
    return tuple(lines(step, found, contents))


def everything(made: Plan, found: HostState, folder: Path) -> str:
    """All that any command says of a plan, and what it keeps."""
    rows = [row for host in made.hosts for row in standings(host, found)]
    save(made, folder / "plan.json")
    said = [*text(made), *markdown(made), *drift(made), *metrics(made), *shown(made, rows)]
    kept = [json.dumps(to_json(made)), json.dumps(standing_json(made, rows)), repr(made), repr(rows)]
    progress = [repr(row) for row in Progress(made, lambda: 0.0).rows()]
    return "\n".join([*said, *kept, *progress, (folder / "plan.json").read_text()])


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_no_secret_is_in_what_is_said_of_a_new_or_a_changed_app(
    name: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "commits", lambda *_: ("abc1234 a change",))
    old, new = canaries(name), canaries(name)
    before, after = (release_of(app(name), site, secrets=values) for values in (old, new))
    for found in (HostState(), applied(before)):
        step = change(after, found)
        assert step
        noted = Noted(found=found, planned={"1": (step,)}, diffs={name: shown_files(step, found, before)})
        host = HostPlan(name="tools-prod", apps=(_app(step, noted),))
        made = Plan(environment="test", commit="abc", deploys=("deploys/site.py",), hosts=(host,))
        said = everything(made, found, tmp_path) + repr(step) + repr(noted)

        assert name in said
        assert [value for value in (*old.values(), *new.values()) if value in said] == []
