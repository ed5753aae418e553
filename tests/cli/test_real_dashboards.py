"""Every picture shows something where everything is told, by Prometheus' own word."""

import re
import subprocess
from pathlib import Path

import yaml

from catalogue.dashboards import BOARDS
from tests.support import series

QUERIES = {
    f"{board.uid}: {panel.look.title}": re.sub(r"\$(host|app)\b", ".+", panel.query)
    for board in BOARDS
    for panel in board.panels
    if panel.look.source == "prometheus"
}


def values(promtool: Path, folder: Path, queries: dict[str, str]) -> dict[str, str]:
    """What each query yields after two hours of every series; empty where it is nothing."""
    looks = [{"expr": query, "eval_time": "2h", "exp_samples": []} for query in queries.values()]
    told = [{"series": name, "values": value} for name, value in series.series().items()]
    test = {"interval": "1m", "input_series": told, "promql_expr_test": looks}
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump({"tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    said = re.findall(r'expr: "(.*)", time: 2h,\s+exp:.*\s+got:(.*)', done.stdout + done.stderr)
    got = {bytes(query, "utf8").decode("unicode_escape"): value for query, value in said}
    assert got, done.stderr
    return {name: got.get(query, "") for name, query in queries.items()}


def test_every_picture_of_what_is_measured_shows_something(promtool: Path, tmp_path: Path) -> None:
    found = values(promtool, tmp_path, QUERIES)

    assert [name for name, value in found.items() if not value] == []
    assert len(found) > 50


def test_one_that_shows_nothing_is_found(promtool: Path, tmp_path: Path) -> None:
    queries = {"there": 'up{host=~"man.+"}', "elsewhere": 'up{host="elsewhere"}'}

    assert [bool(each) for each in values(promtool, tmp_path, queries).values()] == [True, False]
