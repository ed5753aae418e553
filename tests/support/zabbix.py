"""Zabbix' API in memory: it keeps what it is told, and refuses nothing; the lab has the real one."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tasks.zabbix import Found, told
from tasks.zabbix.kinds import KINDS, TEMPLATE

SCHEMA: dict[str, list[dict[str, Any]]] = {
    "template": [{"host": TEMPLATE}],
    "role": [{"name": "User role"}, {"name": "Super admin role"}],
    "usergroup": [{"name": "Zabbix administrators"}, {"name": "Disabled"}],
    "mediatype": [{"name": "Email", "status": "1", "passwd": ""}],
    "user": [{"username": "Admin", "medias": []}],
    "host": [{"host": "Zabbix server", "status": "0", "groups": [{"groupid": "4"}]}],
}
"""What comes with it, of what is asked for (zabbix/zabbix 7.0, create/src/data.tmpl)."""


class Zabbix:
    """One with nothing but its schema."""

    def __init__(self) -> None:
        self.once: dict[str, Any] = {}
        self.things: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.last = 100
        for kind, several in SCHEMA.items():
            for each in several:
                self.call(f"{kind}.create", each)

    def call(self, method: str, params: Any) -> None:
        kind, _, verb = method.partition(".")
        known = self.things[kind]
        if not KINDS[kind].id:
            self.once |= _texts(params)
        elif verb == "create":
            self.last += 1
            known[str(self.last)] = {KINDS[kind].id: str(self.last), **_texts(params)}
        elif verb == "update":
            known[params[KINDS[kind].id]] |= _texts(params)
        else:
            for number in params:
                del known[number]

    def answer(self) -> list[str]:
        """What ask.py prints."""
        answers = [self._all(kind) if KINDS[kind].id else self.once for kind in KINDS]
        return [json.dumps({"errors": [], "answers": answers})]

    def _all(self, kind: str) -> list[dict[str, Any]]:
        other = {ours: theirs for theirs, ours in KINDS[kind].answers.items()}
        return [
            {other.get(name, name): _hidden(name, value) for name, value in each.items()}
            for each in self.things[kind].values()
        ]

    @property
    def found(self) -> Found:
        return told(self.answer())


def _texts(value: Any) -> Any:
    """The API says every number as a text."""
    if isinstance(value, dict):
        return {name: _texts(each) for name, each in value.items()}
    return [_texts(each) for each in value] if isinstance(value, list) else str(value)


def _hidden(name: str, value: Any) -> Any:
    return hashlib.sha256(value.encode()).hexdigest() if name == "passwd" and value else value


def answered() -> dict[str, dict[str, Any]]:
    """One object of each kind, as a real Zabbix 7.0.22 answered once it had all that the records say."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text())
    return found
