"""Dashboards in the form that Grafana reads."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from catalogue.dashboards.panels import ROW, Board, Look, Panel, Source, Variable

SCHEMA: Final = 42
"""The newest of grafana/grafana v12.4.0, public/app/features/dashboard/state/DashboardMigrator.ts."""
TAG: Final = "guildhall"
WAYS: Final = {
    "Logs": ("logs", ("host", "app", "service", "unit")),
    "Server": ("hosts", ("host",)),
    "Containers": ("programs", ("app",)),
}
"""Where a line or a row leads: the dashboard's uid, and the labels that it is told."""
CHOICES: Final[dict[Variable, str]] = {
    "host": 'label_values(up{job="node-exporter"}, host)',
    "app": 'label_values(guildhall_container_running{app!="",host=~"$host"}, app)',
}
YES_NO: Final = {"0": {"text": "no", "color": "red"}, "1": {"text": "yes", "color": "green"}}
FOR_ALL: Final = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}}
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "timeseries": FOR_ALL | {"tooltip": {"mode": "multi", "sort": "desc"}},
    "stat": {"colorMode": "value", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}},
    "table": {"showHeader": True},
    "state-timeline": FOR_ALL | {"mergeValues": True, "rowHeight": 0.9, "showValue": "never"},
    "logs": {"showTime": True, "wrapLogMessage": True, "sortOrder": "Descending", "enableLogDetails": True},
}


def written(board: Board) -> str:
    """Its file, with a line for each panel: what a change does to one is seen at once."""
    head = json.dumps(_head(board), indent=1).removesuffix("\n}")
    placed = zip(board.panels, _places(board.panels), strict=True)
    panels = ",\n".join(json.dumps(_panel(at, *each)) for at, each in enumerate(placed, start=1))
    return f'{head},\n "panels": [\n{panels}\n ]\n}}\n'


def _head(board: Board) -> dict[str, Any]:
    others = {"type": "dashboards", "tags": [TAG], "title": "Dashboards", "tooltip": "", "icon": "dashboard"}
    how = {"asDropdown": True, "includeVars": True, "keepTime": True, "targetBlank": False}
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.sentence,
        "tags": [TAG],
        "schemaVersion": SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "links": [others | how],
        "annotations": {"list": [_deploys(board)]},
        "templating": {"list": [_variable(name, board.choices) for name in board.variables]},
    }


def _deploys(board: Board) -> dict[str, Any]:
    """A mark where a deploy ended: the value itself says when (@grafana/prometheus 13.2.1, annotations)."""
    chosen = ",".join(f'{name}=~"${name}"' for name in ("host", "app") if name in board.variables)
    how = "on (host, app) group_left (result) 0 * guildhall_deploy_succeeded"
    return {
        "name": "Deploys",
        "datasource": _source("prometheus"),
        "enable": True,
        "iconColor": "blue",
        "target": {"refId": "Anno", "expr": f"1000 * guildhall_deploy_time_seconds{{{chosen}}} + {how}"},
        "useValueForTime": True,
        "titleFormat": "{{app}} on {{host}}: {{result}}",
        "tagKeys": "app,host",
    }


def _variable(name: Variable, source: Source) -> dict[str, Any]:
    if name == "search":
        return {"name": name, "label": "Search", "type": "textbox", "query": ""}
    of_logs = {"label": name, "type": 1, "refId": name, "stream": '{host=~".+"}'}
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _source(source),
        "query": CHOICES[name] if source == "prometheus" else of_logs,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        # A host's own lines are of no app; at least one choice must not be empty, says Loki.
        "allValue": ".+" if name == "host" else ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _source(source: Source) -> dict[str, str]:
    return {"type": source, "uid": source}


def _places(panels: Iterable[Panel]) -> Iterator[dict[str, int]]:
    """From left to right, and below where a row is full."""
    x = y = tallest = 0
    for look in (panel.look for panel in panels):
        if x + look.width > ROW:
            x, y, tallest = 0, y + tallest, 0
        yield {"x": x, "y": y, "w": look.width, "h": look.height}
        x, tallest = x + look.width, max(tallest, look.height)


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    look = panel.look
    return {
        "id": number,
        "type": look.kind,
        "title": look.title,
        "description": panel.sentence,
        "datasource": _source(look.source),
        "gridPos": place,
        "targets": [{"refId": "A", "datasource": _source(look.source), "expr": panel.query, **_asked(look)}],
        "fieldConfig": {"defaults": _field(look), "overrides": []},
        "options": OPTIONS[look.kind],
        "transformations": [_columns(look)] if look.kind == "table" else [],
    }


def _asked(look: Look) -> dict[str, Any]:
    """Whether its query is about now or about a time, and what its lines are called."""
    once = look.kind in ("stat", "table")
    legend = {"legendFormat": " ".join(f"{{{{{label}}}}}" for label in look.by.split()) or "__auto"}
    if look.source == "loki":
        return legend | {"queryType": "instant" if once else "range"}
    return legend | {
        "instant": once,
        "range": not once,
        "format": "table" if look.kind == "table" else "time_series",
    }


def _field(look: Look) -> dict[str, Any]:
    """How its values are drawn; without limits of ours Grafana has one of its own, at 80."""
    at = look.bad_from if look.bad_below is None else look.bad_below
    low, high = ("green", "red") if look.bad_below is None else ("red", "green")
    limits = [{"color": low, "value": None}, {"color": high, "value": at}][: 1 if at is None else 2]
    field: dict[str, Any] = {
        "unit": look.unit,
        "links": list(_links(look)),
        "thresholds": {"mode": "absolute", "steps": limits},
    }
    if look.kind == "state-timeline":
        field["mappings"] = [{"type": "value", "options": YES_NO}]
    if look.kind == "timeseries" and at is not None:
        field["custom"] = {"thresholdsStyle": {"mode": "dashed"}}
    return field


def _links(look: Look) -> Iterator[dict[str, str]]:
    """To what else is known of the same host, app, service or unit."""
    value = "__data.fields" if look.kind == "table" else "__field.labels"
    for title, (uid, labels) in WAYS.items():
        told = "".join(f"&var-{label}=${{{value}.{label}}}" for label in labels if label in look.by.split())
        if told:
            yield {"title": title, "url": f"/d/{uid}?${{__url_time_range}}{told}"}
    if look.leads_to:
        yield {"title": "More", "url": f"/d/{look.leads_to}?${{__url_time_range}}"}


def _columns(look: Look) -> dict[str, Any]:
    """Of a table: the labels that it is by, then its value under its own name."""
    names = (*look.by.split(), *(["Value"] if look.value else []))
    order = {name: at for at, name in enumerate(names)}
    named = {"renameByName": {"Value": look.value}}
    return {
        "id": "organize",
        "options": named | {"includeByName": dict.fromkeys(names, True), "indexByName": order},
    }
