"""Which alerts follow from which other: people are told the cause, and not what it brings along."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.model import App, Site
from catalogue.views.edge import edge
from catalogue.views.logins import login_provider
from catalogue.views.names import present


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """What many apps depend on, and who they are; all but hosts are names of apps."""

    edge: str
    """Serves every route of its host."""
    logs: str
    """Keeps what all hosts log; empty where nothing does."""
    login: str
    login_hosts: tuple[str, ...]
    behind_login: tuple[str, ...]
    """Without it these answer nobody: itself, and those that the edge guards by it."""
    on_database: tuple[str, ...]
    """Without the managed database these answer nobody, those behind a login that needs it among them."""
    measured: tuple[str, ...]
    """They have metrics, at whatever host: alerts of these are theirs."""


def causes(apps: Iterable[App], site: Site) -> Causes:
    """What alerts are silenced by, from what the records need."""
    apps = present(apps)
    login = login_provider(apps)
    behind = [login.name, *(app.name for app in apps if app.forward_auth)]
    stored = [app.name for app in apps if app.database and not app.database.statistics]
    return Causes(
        edge=edge(apps).name,
        logs=next((app.name for app in apps if app.keeps_logs), ""),
        login=login.name,
        login_hosts=tuple(host.name for host in site.hosts_of(login.group)),
        behind_login=tuple(sorted(behind)),
        measured=tuple(sorted(app.name for app in apps if any(each.metrics for each in app.services))),
        on_database=tuple(sorted({*stored, *(behind if login.database else ())})),
    )
