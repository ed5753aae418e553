"""What is drawn of the metrics and the logs; `make golden` writes the files that Grafana reads."""

from catalogue.dashboards import backups, containers, databases, deploys, edge, hosts, login, logs, site
from catalogue.dashboards.grafana import written
from catalogue.dashboards.panels import Board, Panel

__all__ = ["BOARDS", "Board", "Panel", "written"]

BOARDS = (
    site.BOARD,
    hosts.BOARD,
    containers.BOARD,
    edge.BOARD,
    logs.BOARD,
    login.BOARD,
    databases.BOARD,
    deploys.BOARD,
    backups.BOARD,
)
