"""Code that a few doubles have beyond the general server, by the `part` of their contract."""

from collections.abc import Callable, Mapping
from importlib import import_module
from threading import Thread

from flask import Flask

from .authentik.outpost import Outpost
from .authentik.server import Server
from .authentik.store import Postgres
from .authentik.worker import Worker
from .contract import fill
from .docker_socket import Proxy
from .health import Health
from .journal import follow
from .loki import Lines


def _store(health: Health) -> Postgres:
    settings = next(need.settings for need in health.contract.needs if need.kind == "postgres")
    return Postgres({name: fill(value, health.env) for name, value in settings.items()})


def authentik_server(web: Flask, health: Health) -> None:
    server = Server(store=_store(health))
    server.attach(web)
    saml = import_module(".authentik.saml", __package__)  # only authentik's image has what it signs with
    saml.Saml(store=server.store).attach(web)
    identity_provider = health.env.get("AUTHENTIK_WEB__BASE_URL", "")
    Outpost(store=server.store, identity_provider=identity_provider, codes=server.codes).attach(web)


def authentik_worker(_web: Flask, health: Health) -> None:
    health.probes.append(Worker(store=_store(health), env=health.env).probe)


def socket_proxy(web: Flask, health: Health) -> None:
    proxy = Proxy(health.env)
    proxy.attach(web)
    health.probes.append(proxy.probe)


def alloy(_web: Flask, health: Health) -> None:
    told = [health.env.get(name, "") for name in ("LOKI_URL", "HOST_NAME")]
    reader = Thread(target=follow, args=told, daemon=True)
    reader.start()
    health.probes.append(lambda: [] if reader.is_alive() else ["the journal is no longer read"])


def loki(web: Flask, _health: Health) -> None:
    Lines().attach(web)


PARTS: Mapping[str, Callable[[Flask, Health], None]] = {
    "": lambda _web, _health: None,
    "authentik-server": authentik_server,
    "authentik-worker": authentik_worker,
    "socket-proxy": socket_proxy,
    "loki": loki,
    "alloy": alloy,
}
