"""No alert waits for a number that nobody exports."""

import re

from tasks.settings import ROOT
from tests.support.metrics import EXPORTED, ONLY_WHEN_ILL, asked, rules


def test_the_metrics_of_an_expression_are_found() -> None:
    expression = 'sum by (host) (rate(a_total{b="c{"}[5m])) > 0.05 * 1e3 and on (host) d unless e == 1'

    assert asked(expression) == {"a_total", "d", "e"}


def test_alerts_use_what_is_exported_and_what_is_listed_is_used() -> None:
    listed = {name for names in EXPORTED.values() for name in names}

    assert {name for rule in rules() for name in asked(rule["expr"])} == listed
    assert listed >= ONLY_WHEN_ILL


def test_what_is_said_to_be_ours_is_written_by_that_file() -> None:
    ours = {place: names for place, names in EXPORTED.items() if (ROOT / place).is_file()}

    assert len(ours) == 3
    for place, names in ours.items():
        assert names <= set(re.findall(r"\bguildhall_\w+", (ROOT / place).read_text()))
