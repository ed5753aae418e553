"""The dependencies a double really uses; each check raises whatever went wrong."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import psycopg
import requests
from psycopg.conninfo import make_conninfo
from redis import Redis

from . import s3

TIMEOUT = 5  # seconds
Settings = Mapping[str, str]


def postgres(settings: Settings) -> None:
    """Log in, keep a row from the first start on, and read it back."""
    with psycopg.connect(make_conninfo(**settings, connect_timeout=TIMEOUT), autocommit=True) as database:
        database.execute("CREATE TABLE IF NOT EXISTS double_row (key text PRIMARY KEY, value text NOT NULL)")
        now = datetime.now(UTC).isoformat()
        database.execute("INSERT INTO double_row VALUES ('first start', %s) ON CONFLICT DO NOTHING", [now])
        if not database.execute("SELECT value FROM double_row WHERE key = 'first start'").fetchone():
            raise LookupError("a stored row did not come back")


def redis(settings: Settings) -> None:
    """PING with the password in the URL."""
    with Redis.from_url(settings["url"], socket_timeout=TIMEOUT) as client:
        client.ping()


def bucket(settings: Settings) -> None:
    """Put an object into the bucket and get it back."""
    store = s3.Bucket(**settings)
    content = b"written by a double\n"
    store.put("double/check.txt", content)
    if store.get("double/check.txt") != content:
        raise LookupError("a stored object did not come back")


def https(settings: Settings) -> None:
    """Any answer below 500 over verified TLS."""
    answer = requests.get(settings["url"], timeout=TIMEOUT, allow_redirects=False)
    if answer.status_code >= 500:
        answer.raise_for_status()


CHECKS: Mapping[str, Callable[[Settings], None]] = {
    "postgres": postgres,
    "redis": redis,
    "s3": bucket,
    "https": https,
}
