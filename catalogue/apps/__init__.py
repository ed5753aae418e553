"""What runs: one module an app, in the order in which a host is deployed.

A module that is not named here comes last, with the others of its kind by alphabet.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

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
        yield from (
            value for value in vars(import_module(f"{__name__}.{name}")).values() if isinstance(value, App)
        )


APPS = validated(tuple(_records()))
