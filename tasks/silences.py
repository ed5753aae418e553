"""For a while nobody is told of an app's alerts: asked of what sends them, on its own host."""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from pyinfra.api import Host, Inventory

from catalogue import views
from catalogue.model import App
from tasks import checkout, remote
from tasks.privileges import privileges

LASTS: Final = re.compile(r"([1-9]\d{0,3})([mhd])")
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
LONGEST: Final = timedelta(days=30)
"""What is longer is forgotten: change the rule instead."""
ACTIVE: Final = ("active", "pending")
CURL: Final = (
    "curl --silent --show-error --fail-with-body --max-time 10 --header 'Content-Type: application/json'"
)
Silence = Mapping[str, Any]
"""As Alertmanager tells of it (prometheus/alertmanager v0.34.0, api/v2/openapi.yaml, gettableSilence)."""


def wanted(app: App, lasts: str, because: str, by: str, now: datetime) -> dict[str, Any]:
    """What Alertmanager is told; ValueError for a time or a reason that is none.

    `lasts` is a number with m, h or d.
    """
    found = LASTS.fullmatch(lasts)
    length = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None
    if not length or length > LONGEST:
        raise ValueError(f"how long is '{lasts}'; write 30m, 2h or 3d, {LONGEST.days}d at most")
    if not because.strip():
        raise ValueError(f'say why, for whoever wonders: guildhall silence {app.name} {lasts} --because "…"')
    return {
        "matchers": [{"name": "app", "value": app.name, "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + length).isoformat(),
        "createdBy": by,
        "comment": because.strip(),
    }


def lines(found: Iterable[Silence]) -> Iterator[str]:
    """One for each that is not over, the next to end first."""
    for each in sorted(active(found), key=lambda silence: str(silence["endsAt"])):
        what = ", ".join(f"{matcher['name']}={matcher['value']}" for matcher in each["matchers"])
        until = remote.local(each["endsAt"])
        yield f"{what.removeprefix('app='):24}until {until}  {each['createdBy']}: {each['comment']}"


def active(found: Iterable[Silence], app: str = "") -> list[Silence]:
    """Those that are not over; of an app, only such as are about nothing else."""
    return [
        each
        for each in found
        if each["status"]["state"] in ACTIVE
        and (not app or [(one["name"], one["value"]) for one in each["matchers"]] == [("app", app)])
    ]


class Silences:
    """Those of a site, at the host that sends its alerts."""

    def __init__(self, inventory: Inventory, apps: Iterable[App]) -> None:
        sender = views.the(apps, "sends_alerts", lambda app: app.sends_alerts)
        self.host: Host = remote.one(inventory, sender, "")
        self.port = sender.services[0].ports[0].host

    @property
    def url(self) -> str:
        return f"http://{self.host.data.private_ip}:{self.port}/api/v2/silence"

    def all(self) -> list[Silence]:
        """Those that are over as well, for some days."""
        found: list[Silence] = json.loads(self._asked("s"))
        return found

    def add(self, silence: Silence) -> None:
        self._asked("s", "--data", "@-", given=json.dumps(silence))

    def end(self, silence: Silence) -> None:
        self._asked(f"/{silence['id']}", "--request", "DELETE")

    @cached_property
    def _there(self) -> Host:
        """Connected to, once: a further time pyinfra would take its new connection for the old one."""
        return remote.connected(self.host)

    def _asked(self, path: str, *words: str, given: str = "") -> str:
        """What is answered; ValueError if nothing is, or a refusal."""
        command = f"{CURL} {shlex.join([*words, self.url + path])}"
        host = self._there
        good, output = host.run_shell_command(command, _stdin=given, **privileges(host))
        if not good:
            raise ValueError(f"{host.name}: alerts are not sent from there: {output.output.strip()}")
        return "\n".join(output.stdout_lines)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person wants: nothing, then what is silenced is shown."""

    add: Silence | None = None
    end: str = ""
    """The app whose silences end."""


def order(apps: Iterable[App], app: str, lasts: str, because: str, *, end: bool) -> Order:
    """Of what was typed; ValueError says what is wrong with it."""
    if not app:
        if end or because:
            raise ValueError("write which program; guildhall silence alone shows what is silenced")
        return Order()
    record = remote.named(apps, app)
    if end == bool(lasts):
        raise ValueError(f'write guildhall silence {app} 2h --because "…", or guildhall silence {app} --end')
    if end:
        return Order(end=app)
    return Order(add=wanted(record, lasts, because, checkout.operator(), datetime.now(UTC)))


def done(order: Order, there: Silences) -> list[str]:
    """Does what is wanted; what is silenced then."""
    if order.add:
        there.add(order.add)
    for each in active(there.all(), order.end) if order.end else ():
        there.end(each)
    return [*lines(there.all())] or ["nothing is silenced"]
