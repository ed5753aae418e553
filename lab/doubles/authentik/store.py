"""Where worker and server meet: a few named texts, in PostgreSQL."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, LiteralString, Protocol

import psycopg
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from psycopg.conninfo import make_conninfo

Object = dict[str, Any]  # one database object: `model` and its fields
Objects = dict[str, Object]  # by primary key

TABLE: Final = "CREATE TABLE IF NOT EXISTS double_authentik (key text PRIMARY KEY, value text NOT NULL)"
GET: Final = "SELECT value FROM double_authentik WHERE key = %s"
PUT: Final = (
    "INSERT INTO double_authentik VALUES (%s, %s) ON CONFLICT (key) "
    "DO UPDATE SET value = excluded.value RETURNING 1"
)
ADD: Final = "INSERT INTO double_authentik VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1"


class Store(Protocol):
    """Named texts; `add` leaves one that is already there; `alone` is for reading and then writing."""

    def alone(self) -> AbstractContextManager[None]: ...

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, value: str) -> None: ...
    def add(self, key: str, value: str) -> None: ...


class Postgres:
    """A table of texts; each thread keeps a connection, which a restart of the database makes a new one."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings
        self._kept = threading.local()

    @contextmanager
    def alone(self) -> Iterator[None]:
        # On a connection of its own: the lock ends with it, whatever becomes of the kept one.
        with self._connected() as database:
            database.execute("SELECT pg_advisory_lock(20268)")
            yield

    def get(self, key: str) -> str | None:
        rows = self._do(GET, key)
        return rows[0][0] if rows else None

    def put(self, key: str, value: str) -> None:
        self._do(PUT, key, value)

    def add(self, key: str, value: str) -> None:
        self._do(ADD, key, value)

    def _do(self, query: LiteralString, *values: str) -> list[Any]:
        try:
            return self._database().execute(query, values).fetchall()
        except psycopg.OperationalError:
            vars(self._kept).pop("database", None)
            return self._database().execute(query, values).fetchall()

    def _database(self) -> psycopg.Connection[Any]:
        if not hasattr(self._kept, "database"):
            database = self._connected()
            database.execute(TABLE)
            self._kept.database = database
        kept: psycopg.Connection[Any] = self._kept.database
        return kept

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(make_conninfo(**self.settings, connect_timeout=5), autocommit=True)


def load_objects(store: Store) -> Objects:
    """Everything that blueprints and the first start have made."""
    found: Objects = json.loads(store.get("objects") or "{}")
    return found


def save_objects(store: Store, objects: Objects) -> None:
    store.put("objects", json.dumps(objects))


def load(store: Store, key: str) -> dict[str, Any]:
    """One of the named texts, as JSON; empty if it is not there."""
    found: dict[str, Any] = json.loads(store.get(key) or "{}")
    return found


def save(store: Store, key: str, value: Mapping[str, Any]) -> None:
    store.put(key, json.dumps(value))


def migrated(store: Store, seconds: float) -> bool:
    """Whether the first start of a database is over, which takes these seconds from whoever comes first."""
    store.add("migrated at", str(time.time() + seconds))
    return time.time() >= float(store.get("migrated at") or 0)


def signing_key(store: Store) -> str:
    """The provider's RSA key in PEM, made by whoever comes first."""
    known = store.get("signing key")
    if known:
        return known
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    store.add("signing key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    return store.get("signing key") or ""
