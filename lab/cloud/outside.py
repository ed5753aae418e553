"""Two services outside: one shows what alerts are posted to it, one says when nobody calls it any more.

Both are as strict as their kind: what Alertmanager did not write is refused, and so is a link that no person
can open (prometheus/alertmanager v0.34.0, template/template.go, Data).
"""

import mailbox
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, jsonify, request

SILENT_SECONDS: Final = 180
"""How long nobody may call, who calls every minute."""
VERSION: Final = "4"
"""Of the form in which Alertmanager posts."""


class Silence:
    """Says once that nobody calls any more, and once that somebody does again; waits for a first call."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.say, self.clock = say, clock
        self.calls, self.told = 0, False
        self.last: float | None = None

    @property
    def seconds(self) -> float | None:
        """Since the last call; None before the first."""
        return None if self.last is None else self.clock() - self.last

    def heard(self) -> None:
        """Somebody calls."""
        if self.told:
            self.say(f"Alerts work again, after {self.seconds:.0f} s of silence")
        self.calls, self.last, self.told = self.calls + 1, self.clock(), False

    def look(self) -> None:
        """To be done every second or so."""
        if not self.told and (self.seconds or 0) > SILENT_SECONDS:
            self.told = True
            self.say(
                f"Nobody has said for {self.seconds:.0f} s that alerts work: look at the management server"
            )


def problems(body: Any) -> Iterator[str]:
    """Why it is not what Alertmanager posts to people."""
    if not isinstance(body, dict) or body.get("version") != VERSION or not body.get("alerts"):
        yield f"not of Alertmanager's version {VERSION}, with alerts"
        return
    links = [body.get("externalURL", ""), *(each.get("generatorURL", "") for each in body["alerts"])]
    yield from (f"nobody can open {link}" for link in links if link and not link.startswith("https://"))
    for each in body["alerts"]:
        for part, name in (("labels", "alertname"), ("annotations", "summary")):
            if not each.get(part, {}).get(name):
                yield f"an alert without {name}"


def web(silence: Silence) -> Flask:
    """POST /alerts and /alive, each in Alertmanager's form; GET says what came, DELETE forgets alerts."""
    app, alerts = Flask(__name__), list[Any]()

    @app.post("/alerts")
    @app.post("/alive")
    def post() -> Response:
        body = request.get_json(silent=True)
        if wrong := "; ".join(problems(body)):
            return Response(f"{wrong}\n", 400)
        if request.path == "/alerts":
            alerts.append(body)
        else:
            silence.heard()
        return Response(status=200)

    @app.get("/")
    def came() -> Response:
        return jsonify(alerts=alerts, calls=silence.calls, silent_seconds=silence.seconds)

    @app.delete("/")
    def forget() -> Response:
        alerts.clear()
        return came()

    return app


def mailed(folder: Path, text: str) -> None:
    """To whom such services write, by a way that is not the site's."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alive@cloud.test", "alerts@guild.test", text
    mail.set_content(text)
    mailbox.Maildir(folder).add(mail)


def create(folder: str) -> Flask:
    """The program; its mails lie in a folder of the mail server."""
    silence = Silence(lambda text: mailed(Path(folder), text))

    def watch() -> None:
        while True:
            time.sleep(1)
            silence.look()

    threading.Thread(target=watch, daemon=True).start()
    return web(silence)
