"""Every picture of what is measured has something to show on a site that runs, or it is known why not."""

import json
import re
import shlex

import pytest

from catalogue.dashboards import BOARDS
from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.running import Lab, eventually

pytestmark = pytest.mark.apps

ADDRESS = f"http://{layout.MANAGEMENT.address}:9090/api/v1/query"
QUERIES = {
    f"{board.uid}: {panel.look.title}": re.sub(r"\$(host|app)\b", ".+", panel.query)
    for board in BOARDS
    for panel in board.panels
    if panel.look.source == "prometheus"
}
WELL = "there is none as long as all is well"
NIGHTLY = "nobody looks at night"
DOUBLE = "a double of the program tells none of its metrics"
EMPTY = {
    "site: Firing alerts": WELL,
    "hosts: Failed units, by name": WELL,
    "programs: Ended": WELL,
    "edge: Broken answers": WELL,
    "login: Refused at the edge": WELL,
    "deploys: Files changed by hand": WELL,
    "deploys: Not as the repository says, by name": NIGHTLY,
    "deploys: Not looked for": NIGHTLY,
    "programs: Memory, share of its limit": DOUBLE,
    "logs: Lines of floods": WELL,
    "logs: What Loki takes": DOUBLE,
    "logs: What Loki refuses": DOUBLE,
    "login: Time to answer": DOUBLE,
    "login: Work that waits": DOUBLE,
}
"""What may have nothing to show in the lab, and why."""


def silent(lab: Lab) -> set[str]:
    """The panels of which Prometheus says nothing now, but those that may; an error of a query fails."""
    asked = (
        f"curl -sfG {ADDRESS} --data-urlencode {shlex.quote(f'query={each}')}" for each in QUERIES.values()
    )
    answers = [json.loads(each) for each in lab.ssh("management", " && echo && ".join(asked)).splitlines()]
    found = zip(QUERIES, answers, strict=True)
    return {name for name, answer in found if not answer["data"]["result"]} - EMPTY.keys()


def test_every_picture_has_something_to_show(lab: Lab, site: FirstRuns) -> None:
    assert EMPTY.keys() <= QUERIES.keys()
    eventually(lambda: silent(lab), lambda left: not left, seconds=180)
