"""The dependencies a double really uses; each check raises whatever went wrong."""

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg.conninfo import make_conninfo
from redis import Redis
from requests_aws4auth import AWS4Auth

TIMEOUT = 5  # seconds
Settings = Mapping[str, str]
_greeted: set[tuple[tuple[str, str], ...]] = set()  # mail servers that took this process's one mail


def postgres(settings: Settings) -> None:
    """Log in, keep a row from the first start on, and read it back.

    `address` is host and port in one, `url` those and the database. With `migrated` the row must be there:
    another command of the program makes it.
    """
    names = dict(settings)
    migrated = names.pop("migrated", "")
    if "address" in names:
        names["host"], _, names["port"] = names.pop("address").partition(":")
    where = make_conninfo(names.pop("url", ""), **names, connect_timeout=TIMEOUT)
    with psycopg.connect(where, autocommit=True) as database:
        if not migrated:
            database.execute(
                "CREATE TABLE IF NOT EXISTS double_row (key text PRIMARY KEY, value text NOT NULL)"
            )
            database.execute(
                "INSERT INTO double_row VALUES ('first start', %s) ON CONFLICT DO NOTHING",
                [datetime.now(UTC).isoformat()],
            )
        if not database.execute("SELECT value FROM double_row WHERE key = 'first start'").fetchone():
            raise LookupError("a stored row did not come back")


def mariadb(settings: Settings) -> None:
    """As with PostgreSQL."""
    client = import_module("pymysql")  # only images have it
    names: dict[str, Any] = {**settings, "port": int(settings["port"])}
    migrated = names.pop("migrated", "")
    with client.connect(**names, connect_timeout=TIMEOUT, autocommit=True) as connection:
        cursor = connection.cursor()
        if not migrated:
            cursor.execute("CREATE TABLE IF NOT EXISTS double_row (name varchar(64) PRIMARY KEY, value text)")
            now = datetime.now(UTC).isoformat()
            cursor.execute("INSERT IGNORE INTO double_row VALUES ('first start', %s)", [now])
        if not cursor.execute("SELECT value FROM double_row WHERE name = 'first start'"):
            raise LookupError("a stored row did not come back")


def redis(settings: Settings) -> None:
    """PING with the password in the URL, and keep for a day a key that bears the container's name."""
    with Redis.from_url(settings["url"], socket_timeout=TIMEOUT) as client:
        client.ping()
        client.set(f"double:{socket.gethostname()}", "here", ex=86400)


def bucket(settings: Settings) -> None:
    """Put an object into the bucket and get it back."""
    auth = AWS4Auth(settings["access_key"], settings["secret_key"], settings["region"], "s3")
    url = f"{settings['endpoint'].rstrip('/')}/{settings['name']}/double/check.txt"
    content = b"written by a double\n"
    requests.put(url, data=content, auth=auth, timeout=TIMEOUT).raise_for_status()
    if requests.get(url, auth=auth, timeout=TIMEOUT).content != content:
        raise LookupError("a stored object did not come back")


def https(settings: Settings) -> None:
    """Any answer below 500 over verified TLS."""
    answer = requests.get(settings["url"], timeout=TIMEOUT, allow_redirects=False)
    if answer.status_code >= 500:
        answer.raise_for_status()


def smtp(settings: Settings) -> None:
    """Log in over TLS from the first byte; send the sender one mail a process, with the container's name."""
    account = tuple(sorted(settings.items()))
    if account in _greeted:
        return
    sender = settings["sender"]
    where = settings["host"], int(settings["port"])
    with smtplib.SMTP_SSL(*where, timeout=TIMEOUT, context=ssl.create_default_context()) as server:
        server.login(settings["user"], settings["password"])
        subject = f"A double has started in {socket.gethostname()}"
        text = f"From: {sender}\r\nTo: {sender}\r\nSubject: {subject}\r\n\r\nWith a login.\r\n"
        server.sendmail(sender, [sender], text)
    _greeted.add(account)


def docker(settings: Settings) -> None:
    """What a client asks of Docker Engine first: is it there, and what is it."""
    for path in ("/_ping", "/version", "/info"):
        requests.get(
            f"{settings['address'].replace('tcp', 'http')}{path}", timeout=TIMEOUT
        ).raise_for_status()


def loki(settings: Settings) -> None:
    """Push a line with labels."""
    labels = {"host": settings["host"], "unit": "double.service"}
    stream: dict[str, Any] = {"stream": labels, "values": [[str(time.time_ns()), "a line of a double"]]}
    requests.post(settings["url"], json={"streams": [stream]}, timeout=TIMEOUT).raise_for_status()


def readable(settings: Settings) -> None:
    """Folders with at least one file below each, all of them readable."""
    for folder in settings["folders"].split(":"):
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        if not files:
            raise LookupError(f"{folder} has no files")
        for path in files:
            path.open("rb").close()


CHECKS: Mapping[str, Callable[[Settings], None]] = {
    "postgres": postgres,
    "redis": redis,
    "s3": bucket,
    "https": https,
    "docker": docker,
    "loki": loki,
    "readable": readable,
    "mariadb": mariadb,
    "smtp": smtp,
}
