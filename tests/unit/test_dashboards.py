"""What Grafana shows: each panel is understood by who sees it, asks for what there is, and leads on."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from catalogue.dashboards import BOARDS, Board, written
from tasks.settings import ROOT
from tests.support import golden, series
from tests.support.golden import WRITE
from tests.support.metrics import asked
from tests.support.yaml_text import read_yaml

DOCUMENT = ROOT / "docs/dashboards.md"
UNITS = {
    "short": "how many",
    "percentunit": "per cent",
    "bool_yes_no": "yes or no",
    "s": "how long",
    "dateTimeFromNow": "when",
    "bytes": "bytes",
    "Bps": "bytes a second",
    "reqps": "requests a second",
    "cps": "lines a second",
    "ops": "how many a second",
    "none": "text",
}
"""In words, those in use: grafana/grafana v12.4.0, packages/grafana-data/src/valueFormats/categories.ts."""
SHIPPED = {board.uid: json.loads(written(board)) for board in BOARDS}
ALLOY = (ROOT / "files/alloy/config.alloy").read_text()
LABELS = {
    "host",
    *re.findall(r'target_label += "(\w+)"', ALLOY),
    *(
        name
        for values in re.findall(r"stage\.labels \{\s+values += \{(.*)\}", ALLOY)
        for name in re.findall(r"(\w+) =", values)
    ),
}
"""What Alloy gives each line."""

each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)


def queries(board: Board, source: str) -> list[str]:
    return [panel.query for panel in board.panels if panel.look.source == source]


def test_the_files_that_grafana_reads_are_what_is_written_here() -> None:
    golden.same("../files/grafana/dashboards", {f"{each.uid}.json": written(each) for each in BOARDS})


def test_addresses_that_people_keep_stay() -> None:
    assert [board.uid for board in BOARDS] == [
        *("site", "hosts", "programs", "edge", "logs", "login", "databases", "deploys", "backups")
    ]


def test_nobody_changes_a_dashboard_by_hand_and_one_that_is_gone_here_is_gone_there() -> None:
    (provider,) = read_yaml((ROOT / "files/grafana/provisioning/dashboards/catalogue.yaml").read_text())[
        "providers"
    ]

    assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, False)
    assert not any(board["editable"] for board in SHIPPED.values())


@each_board
def test_a_panel_has_a_unit_and_a_sentence(board: Board) -> None:
    titles = [panel.look.title for panel in board.panels]

    assert {panel.look.unit for panel in board.panels} <= UNITS.keys()
    assert [
        each.sentence for each in board.panels if not re.fullmatch(r"[A-Z].{15,}[.]", each.sentence)
    ] == []
    assert len(titles) == len(set(titles))


def test_a_panel_without_them_cannot_be_written() -> None:
    panel = BOARDS[0].panels[0]

    for look, sentence, query in (
        (replace(panel.look, title=""), "What is.", "up"),
        (replace(panel.look, unit=""), "What is.", "up"),
        (panel.look, "No end", "up"),
        (panel.look, "What is.", ""),
    ):
        with pytest.raises(ValueError, match="give it a title, a unit, a sentence and a query"):
            look.show(sentence, query)


@each_board
def test_a_panel_asks_for_what_is_told(board: Board) -> None:
    told = {re.split(r"\{", name)[0] for name in series.series()}

    for query in queries(board, "prometheus"):
        assert asked(query)
        assert asked(query) <= told
    for query in queries(board, "loki"):
        labels = [
            name for text in re.findall(r"\{([^}]*)\}", query) for name in re.findall(r"(\w+)[=!]", text)
        ]
        assert labels
        assert set(labels) <= LABELS


def test_what_hosts_tell_is_what_the_queries_hope_for() -> None:
    files = ("files/host/containers.sh", "onhost/metrics.py", "tasks/plan/drift.py")
    told = {name for file in files for name in re.findall(r"guildhall_\w+", (ROOT / file).read_text())}

    assert series.names(series.OWN) <= told


def test_nothing_is_listed_that_no_panel_draws() -> None:
    drawn = {name for board in BOARDS for query in queries(board, "prometheus") for name in asked(query)}

    assert {re.split(r"\{", name)[0] for name in series.series()} == drawn


@each_board
def test_what_a_panel_depends_on_can_be_chosen(board: Board) -> None:
    for panel in board.panels:
        assert set(re.findall(r"\$([a-z]+)", panel.query)) <= set(board.variables)


@each_board
def test_what_a_panel_tells_apart_is_left_by_its_query(board: Board) -> None:
    for panel in board.panels:
        kept = re.search(r"\b[a-z]+ by \(([\w, ]+)\)", panel.query)
        assert not kept or set(panel.look.by.split()) <= set(re.findall(r"\w+", kept[1]))


def leads(value: Any) -> Iterator[str]:
    """The addresses of a dashboard's links."""
    if isinstance(value, dict):
        yield from ([value["url"]] if "url" in value else [])
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from leads(each)


def unknown(link: str) -> list[str]:
    """What a link within Grafana names that is not there: the dashboard, or a choice of it."""
    uid = re.findall(r"/d/(\w+)", link)[0]
    variables = {board.uid: set(board.variables) for board in BOARDS}
    told = re.findall(r"var-(\w+)=", link)
    return [uid] if uid not in variables else [name for name in told if name not in variables[uid]]


@pytest.mark.parametrize("uid", SHIPPED)
def test_links_lead_to_dashboards_and_choices_that_are_there(uid: str) -> None:
    links = list(leads(SHIPPED[uid]))

    assert links
    assert {link: unknown(link) for link in links if unknown(link)} == {}


def test_a_link_that_leads_nowhere_is_found() -> None:
    assert unknown("/d/hosts?var-host=a") == []
    assert unknown("/d/hosts?var-planet=a") == ["planet"]
    assert unknown("/d/planets?var-host=a") == ["planets"]


def test_a_mail_leads_to_dashboards_that_are_there() -> None:
    links = re.findall(r"/d/.*", (ROOT / "files/alertmanager/mail.tmpl").read_text())

    assert {link: unknown(link) for link in links if unknown(link)} == {}


def test_dashboards_that_alerts_and_documents_name_are_there() -> None:
    titles = {board.title for board in BOARDS}
    rules = (ROOT / "files/prometheus/rules").glob("*.yml")
    texts = [path.read_text() for path in (*rules, ROOT / "docs/operating.md")]
    named = {
        name
        for text in texts
        for found in re.findall(r"dashboards? ([A-Z]\w+(?: and [A-Z]\w+)*)", text)
        for name in found.split(" and ")
    }

    assert {"Logs", "Programs"} <= named <= titles


def test_the_deploys_are_marked_on_every_dashboard() -> None:
    for board in SHIPPED.values():
        (deploys,) = board["annotations"]["list"]
        assert deploys["useValueForTime"]
        assert asked(deploys["target"]["expr"]) == {
            "guildhall_deploy_time_seconds",
            "guildhall_deploy_succeeded",
        }


def test_panels_lie_side_by_side_and_never_over_each_other() -> None:
    for board in SHIPPED.values():
        covered = [
            (x, y)
            for panel in board["panels"]
            for place in [panel["gridPos"]]
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(covered) == len(set(covered))
        assert max(x for x, _ in covered) < 24


def listed(board: Board) -> str:
    """What the document says of a dashboard."""
    rows = "".join(
        f"| {panel.look.title} | {UNITS[panel.look.unit]} | {panel.sentence} |\n" for panel in board.panels
    )
    return f"## {board.title}\n\n{board.sentence}\n\n| panel | unit | what it shows |\n|---|---|---|\n{rows}"


def test_the_document_lists_every_panel() -> None:
    before, _, _ = DOCUMENT.read_text().partition("\n## ")
    wanted = f"{before.rstrip()}\n\n" + "\n".join(map(listed, BOARDS))
    if WRITE:
        DOCUMENT.write_text(wanted)

    assert DOCUMENT.read_text() == wanted, "`make golden` writes what is so"
