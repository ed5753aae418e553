"""A browser on this machine: it asks the lab's hosts by their public names, through their loopback ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.util import connection

from lab import layout

REDIRECTS = 12


def _door(name: str) -> int:
    """The loopback port of the host that the lab's DNS says a name is: the longest domain above it wins."""
    domain = max((each for each in layout.DOMAINS if f".{name}".endswith(f".{each}")), key=len)
    return next(host.https for host in layout.HOSTS if host.address == layout.DOMAINS[domain])


@contextmanager
def browser() -> Iterator[requests.Session]:
    """A session that trusts the lab's authority and keeps cookies."""
    plain = connection.create_connection

    def connect(address: tuple[str, int], *args: object, **kwargs: object) -> object:
        return plain((layout.LOOPBACK, _door(address[0])), *args, **kwargs)  # type: ignore[arg-type]

    with patch.object(connection, "create_connection", connect), requests.Session() as session:
        session.trust_env = False  # a CA bundle of the environment would win over ours
        session.verify = str(layout.CA_PEM)
        yield session


def log_in(session: requests.Session, address: str, user: str, gateway: str) -> requests.Response:
    """Follows every redirect from an address; at the login page the person is `user`."""
    for _ in range(REDIRECTS):
        if urlsplit(address).netloc == gateway and "/authorize/" in address:
            address += f"&login_hint={user}"
        answer = session.get(address, allow_redirects=False, timeout=20)
        if not answer.is_redirect:
            return answer
        address = urljoin(address, answer.headers["Location"])
    raise AssertionError(f"more than {REDIRECTS} redirects, the last to {address}")
