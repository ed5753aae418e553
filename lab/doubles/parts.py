"""Code that a few doubles have beyond the general server, by the `part` of their contract."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from threading import Thread

from flask import Flask

from . import environment
from .authentik.accounts import Reputation
from .authentik.flows import Flows
from .authentik.outpost import Outpost
from .authentik.server import Server
from .authentik.store import Postgres, migrated
from .authentik.worker import Worker
from .cadvisor import Containers
from .contract import fill
from .grafana import Plugins
from .health import Health
from .journal import follow, series
from .leantime import Accounts
from .leantime import asking as accounts_asking
from .loki import Lines, memory_problems
from .outline import Uploads

FIRST_START = "DOUBLE_FIRST_START_SECONDS"  # of an empty database; its image says how many


def _store(health: Health) -> Postgres:
    settings = next(need.settings for need in health.contract.needs if need.kind == "postgres")
    return Postgres({name: fill(value, health.env) for name, value in settings.items()})


def authentik_server(web: Flask, health: Health) -> None:
    store, first_start = _store(health), float(health.env.get(FIRST_START) or 0)
    reputation = Reputation(store, float(health.env.get("AUTHENTIK_REPUTATION__EXPIRY") or 86400))
    flows = Flows(store=store, reputation=reputation)
    trusted = health.env.get("AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS", "")
    server = Server(store=store, flows=flows, trusted=trusted)
    server.attach(web)
    saml = import_module(".authentik.saml", __package__)  # only authentik's image has what it signs with
    saml.Saml(store=store, flows=flows).attach(web)
    Outpost(store=store, codes=server.codes).attach(web)
    health.probes.append(lambda: [] if migrated(store, first_start) else ["the database is being migrated"])


def authentik_worker(_web: Flask, health: Health) -> None:
    first_start = float(health.env.get(FIRST_START) or 0)
    worker = Worker(store=_store(health), env=health.env, first_start=first_start)
    health.probes.append(worker.probe)
    worker.start()


def alloy(_web: Flask, health: Health) -> None:
    told = [health.env.get(name, "") for name in ("LOKI_URL", "HOST_NAME")]
    reader = Thread(target=follow, args=told, daemon=True)
    reader.start()
    health.series.append(series)
    health.probes.append(lambda: [] if reader.is_alive() else ["the journal is no longer read"])


def loki(web: Flask, health: Health) -> None:
    if problems := memory_problems(health.env):
        sys.exit("\n".join(f"refused: {line}" for line in problems))
    Lines(deletes=health.env.get("CONFIG_LIMITS_CONFIG_DELETION_MODE") != "disabled").attach(web)


def cadvisor(_web: Flask, health: Health) -> None:
    health.series.append(Containers(health.env.get("FLAG_RAW_CGROUP_PREFIX_WHITELIST", "")).series)


def leantime(web: Flask, health: Health) -> None:
    login = health.contract.login
    if login and not environment.problems(health.contract, health.env):
        Accounts(accounts_asking(health.env), login.callback).attach(web)


def grafana(web: Flask, health: Health) -> None:
    Plugins(health.env).attach(web)


def outline(web: Flask, health: Health) -> None:
    if not environment.problems(health.contract, health.env):
        Uploads(health.env).attach(web)


PARTS: Mapping[str, Callable[[Flask, Health], None]] = {
    "": lambda _web, _health: None,
    "authentik-server": authentik_server,
    "authentik-worker": authentik_worker,
    "loki": loki,
    "alloy": alloy,
    "cadvisor": cadvisor,
    "grafana": grafana,
    "leantime": leantime,
    "outline": outline,
}
