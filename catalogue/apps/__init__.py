"""What runs: one module an app, in the order in which a host is deployed.

A module that is not named here comes last, with the others of its kind by alphabet.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from catalogue.model import App
from catalogue.views import validated

ORDER = (
    # every server: the edge, then what measures and sends logs
    "traefik",
    "node_exporter",
    "cadvisor",
    "alloy",
    "zabbix_agent",
    # the authentik servers: what every login needs
    "redis",
    "authentik",
    # the management servers: what watches, then what operators use
    "prometheus",
    "alertmanager",
    "blackbox",
    "postgres_exporter",
    "loki",
    "grafana",
    "n8n",
    "wobbler",
    "zabbix",
    # the tools servers: what members use; an editor before what opens it
    "outline",
    "onlyoffice",
    "nextcloud",
    "espocrm",
    "leantime",
    "decidim",
)


def _records() -> Iterator[App]:
    """Every App that a module of this folder has by name."""
    others = sorted({module.name for module in pkgutil.iter_modules(__path__)} - set(ORDER))
    for name in (*ORDER, *others):
        found = [value for value in _contents(name).values() if isinstance(value, App)]
        if not found:
            raise ValueError(f"{name}.py holds no app; write one, as APP = App(…)")
        yield from found


def _contents(module: str) -> dict[str, object]:
    """The names of a module of this folder."""
    try:
        return vars(import_module(f"{__name__}.{module}"))
    except SyntaxError as error:
        # Python does not name a file that is no text.
        error.filename = error.filename or str(Path(__file__).with_name(f"{module}.py"))
        raise


APPS = validated(tuple(_records()))
