"""Whose word counts on where a request comes from, and by which name it was asked for."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Web = Callable[[dict[str, Any], Any], Iterable[bytes]]
# Without a list of its own it believes every private address.
DEFAULT = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fe80::/10,::1/128"


@dataclass(frozen=True)
class Proxied:
    """A web application that takes X-Forwarded-… of the proxies it trusts, and of nobody else."""

    inner: Web
    networks: tuple[Network, ...]

    @classmethod
    def by(cls, inner: Web, trusted: str) -> "Proxied":
        return cls(inner, tuple(map(ipaddress.ip_network, (trusted or DEFAULT).split(","))))

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        peer = ipaddress.ip_address(environ.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104 - nobody's
        if any(peer in network for network in self.networks):
            first = environ.get("HTTP_X_FORWARDED_FOR", "").partition(",")[0].strip()
            environ["REMOTE_ADDR"] = first or environ.get("REMOTE_ADDR", "")
            environ["HTTP_HOST"] = environ.get("HTTP_X_FORWARDED_HOST") or environ.get("HTTP_HOST", "")
            scheme = environ.get("HTTP_X_FORWARDED_PROTO") or environ["wsgi.url_scheme"]
            environ["wsgi.url_scheme"] = scheme
        return self.inner(environ, start)
