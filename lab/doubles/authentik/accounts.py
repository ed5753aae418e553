"""The people of the lab: passwords, second factors, and how often somebody guessed wrongly."""

import base64
import hashlib
import hmac
import secrets
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .store import Store, load, save

EVERY = "*"
WORST, BEST = -5, 5  # what the identity provider counts at most
STEP = 30  # seconds that a code is good, and one step before and after


@dataclass(frozen=True, kw_only=True)
class Person:
    pk: int
    name: str
    groups: tuple[str, ...] = ()
    superuser: bool = False
    password: str = ""
    """What it is at first; without one the account is made by the bootstrap."""


def password_of(user: str) -> str:
    """What a member of the lab was given as a password."""
    return f"{user}-of-the-lab"


def _member(pk: int, user: str, *groups: str) -> Person:
    return Person(pk=pk, name=f"{user.title()} Example", groups=groups, password=password_of(user))


PEOPLE: Mapping[str, Person] = {
    "akadmin": Person(pk=1, name="authentik Default Admin", superuser=True),
    "alice": _member(2, "alice", EVERY),
    "bob": _member(3, "bob", "outline"),
    "mallory": _member(4, "mallory"),
    "carol": _member(5, "carol", "outline"),
}


def totp(secret: str, moment: float) -> str:
    """The code of six digits at a moment (RFC 6238, SHA-1); the secret is base32."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(moment // STEP)), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"


@dataclass(frozen=True)
class Accounts:
    """What is kept of each of them."""

    store: Store

    def find(self, given: str) -> str | None:
        """Who has this name or address."""
        user = given.removesuffix("@guild.test")
        return user if user in PEOPLE and self._read(user) else None

    def create(self, user: str, password: str) -> None:
        if not load(self.store, f"account {user}"):
            self.set_password(user, password)

    def set_password(self, user: str, password: str) -> None:
        salt = secrets.token_hex(8)
        save(self.store, f"account {user}", {**self._read(user), "salt": salt, "hash": _hash(salt, password)})

    def knows(self, user: str, password: str) -> bool:
        kept = self._read(user)
        return bool(kept) and hmac.compare_digest(kept["hash"], _hash(kept["salt"], password))

    def second_factor(self, user: str) -> str:
        """The secret of the device that makes codes; empty if there is none."""
        return str(self._read(user).get("totp", ""))

    def set_second_factor(self, user: str, secret: str) -> None:
        save(self.store, f"account {user}", {**self._read(user), "totp": secret})

    def _read(self, user: str) -> dict[str, Any]:
        first = PEOPLE[user].password
        default = {"salt": "", "hash": _hash("", first)} if first else {}
        return load(self.store, f"account {user}") or default


def _hash(salt: str, password: str) -> str:
    return hashlib.sha256(f"{salt}:{password}".encode()).hexdigest()


def good(secret: str, code: str) -> bool:
    """Whether a code is one of now. That it is used once is not looked at: tests log in more often."""
    return any(hmac.compare_digest(totp(secret, time.time() + shift), code) for shift in (-STEP, 0, STEP))


@dataclass(frozen=True)
class Reputation:
    """By address and name: less for each wrong password, more for each login, forgotten after a time."""

    store: Store
    seconds: float = 86400
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, address: str, name: str, change: int) -> None:
        with self.lock:
            rows = self.rows()
            row = next((row for row in rows if (row["ip"], row["identifier"]) == (address, name)), None)
            if not row:
                row = {"ip": address, "identifier": name, "score": 0, "until": time.time() + self.seconds}
                rows.append(row)
            row["score"] = max(WORST, min(BEST, row["score"] + change))
            save(self.store, "reputation", {"rows": rows})

    def of_address(self, address: str) -> int:
        return sum(row["score"] for row in self.rows() if row["ip"] == address)

    def of_name(self, name: str) -> int:
        return sum(row["score"] for row in self.rows() if row["identifier"] == name)

    def rows(self) -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = load(self.store, "reputation").get("rows", [])
        return [row for row in known if row["until"] > time.time()]
