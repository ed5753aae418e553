"""`python3 -m doubles NAME [FLAG…]`: run one program's double with this environment until told to stop."""

import logging
import os
import signal
import sys
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from . import environment, start
from .contract import Contract, fill, load
from .health import Health
from .parts import PARTS
from .web import app, metrics_app


def bound(listen: str, web: Flask) -> BaseWSGIServer:
    """A server on `host:port`; `[::]` means IPv4 as well, and only that where there is no IPv6."""
    host, _, port = listen.rpartition(":")
    try:
        return make_server(host.strip("[]"), int(port), web, threaded=True)
    except OSError:
        return make_server("0.0.0.0", int(port), web, threaded=True)  # noqa: S104 (a container's own address)


def run(contract: Contract) -> None:
    env = environment.resolved(contract, {**os.environ, **environment.flags(sys.argv[2:])})
    start.insist(contract, env)
    health = Health(contract=contract, env=env)
    web = app(contract, health)
    PARTS[contract.part](web, health)
    servers = [bound(fill(contract.listen, env), web)]
    if contract.metrics and contract.metrics.listen:
        servers.append(
            bound(fill(contract.metrics.listen, env), metrics_app(contract, contract.metrics, health))
        )
    health.watch()
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its request lines hold codes of sign-ins
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(0)
    )  # the first process of a container has no default action
    run(load(sys.argv[1]))
