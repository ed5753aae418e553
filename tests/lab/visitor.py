"""People of the lab at the identity provider's login: passwords, codes of a phone, steps of flows."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from lab import layout
from lab.doubles.authentik.accounts import password_of, totp

TIMEOUT = 20  # seconds
ANSWERS = 20  # of one flow
FLOW, EXECUTOR = "/if/flow/", "/api/v3/flows/executor/"
PHONE = layout.DIR / "second-factors.json"
DONE, DENIED = "xak-flow-redirect", "ak-stage-access-denied"
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A person with a password, and a phone that makes codes and outlives the tests."""

    name: str
    password: str = ""
    phone: Path = field(default_factory=lambda: PHONE)

    @property
    def devices(self) -> dict[str, str]:
        """Name -> secret of what the identity provider showed them."""
        return json.loads(self.phone.read_text()) if self.phone.exists() else {}

    def code(self, secret: str = "") -> str:
        return totp(secret or self.devices[self.name], time.time())

    def answer(self, asked: Json) -> Json:
        """What they type where the flow asks them for something."""
        match asked["component"]:
            case "ak-stage-identification":
                return {"uid_field": self.name}
            case "ak-stage-password":
                return {"password": self.password or password_of(self.name)}
            case "ak-stage-authenticator-validate" if asked["device_challenges"]:
                return {"code": self.code()}
            case "ak-stage-authenticator-validate":
                offered = asked["configuration_stages"]
                return {"selected_stage": next(each["pk"] for each in offered if "totp" in each["name"])}
            case "ak-stage-authenticator-totp":
                return {"code": self.code(self._scanned(asked["config_url"]))}
            case "ak-stage-prompt":
                return {each["field_key"]: self.password for each in asked["fields"]}
        raise AssertionError(f"nobody said what to answer to {asked}")

    def _scanned(self, url: str) -> str:
        (secret,) = parse_qs(urlsplit(url).query)["secret"]
        self.phone.write_text(json.dumps({**self.devices, self.name: secret}))
        return secret


@dataclass(frozen=True)
class Flow:
    """A flow of the identity provider, as the script of its page goes through it."""

    session: requests.Session
    page: str
    """Its address."""

    @property
    def executor(self) -> str:
        there = urlsplit(self.page)
        path = there.path.replace(FLOW, EXECUTOR)
        return urljoin(self.page, f"{path}?{urlencode({'query': there.query})}")

    def ask(self, answer: Json | None = None) -> Json:
        """The question of the step it is at, or of the next one if the answer was good."""
        while True:
            method = "GET" if answer is None else "POST"
            said = self.session.request(method, self.executor, json=answer, timeout=TIMEOUT)
            if said.status_code != requests.codes.too_many_requests:
                said.raise_for_status()
                return dict(said.json())
            # The edge slows down who guesses; people are slower. An answer that led on was heard.
            answer = None if said.history else answer
            time.sleep(float(said.headers.get("Retry-After", 1)))

    def through(self, visitor: Visitor) -> list[Json]:
        """All that it asks a visitor, to its end."""
        asked = [self.ask()]
        while asked[-1]["component"] not in (DONE, DENIED):
            assert not asked[-1].get("response_errors"), asked[-1]
            assert len(asked) < ANSWERS, asked
            asked.append(self.ask(visitor.answer(asked[-1])))
        return asked
