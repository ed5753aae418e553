"""SMTP server that takes mail over TLS and after a login, keeps it, and shows it as JSON over HTTP.

Of each mail it also keeps whose account has sent it.
"""

import argparse
import mailbox
import ssl
from collections.abc import Callable
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiosmtpd.controller import Controller  # type: ignore[import-not-found]
from aiosmtpd.handlers import Mailbox  # type: ignore[import-not-found]
from aiosmtpd.smtp import AuthResult, LoginPassword  # type: ignore[import-not-found]
from flask import Flask, Response, jsonify

from .mail_accounts import account

TLS: Final = Path("/etc/guildhall")
SHOWN: Final = ("From", "To", "Subject", "X-MailFrom", "X-RcptTo", "X-Account")
Account = Callable[[str, str], str | None]
"""Whose a user name and a password are; None for nobody's."""


def listing(mails: mailbox.Maildir) -> list[dict[str, str]]:
    """The kept mails, oldest first; the envelope's addresses are those in X-MailFrom and X-RcptTo."""
    return [_shown(mails[key]) for key in sorted(mails.keys())]


def _shown(mail: Message) -> dict[str, str]:
    part = next((p for p in mail.walk() if p.get_content_type() == "text/plain"), mail)
    body = part.get_payload(decode=True)
    return {
        **{name: str(mail[name] or "") for name in SHOWN},
        "body": body.decode(errors="replace") if isinstance(body, bytes) else "",
    }


def web(folder: Path) -> Flask:
    """GET lists the mails, DELETE forgets them."""
    app = Flask(__name__)

    @app.get("/")
    def mails() -> Response:
        return jsonify(listing(mailbox.Maildir(folder)))

    @app.delete("/")
    def forget() -> Response:
        mailbox.Maildir(folder).clear()
        return mails()

    return app


class Kept(Mailbox):  # type: ignore[misc]
    """Mails, and who sent them."""

    def prepare_message(self, session: Any, envelope: object) -> Message:
        mail: Message = super().prepare_message(session, envelope)
        mail["X-Account"] = session.auth_data
        return mail


def smtp(folder: Path, port: int, known: Account) -> Controller:
    """A server whose TLS begins with the first byte, and that accepts mail only from known accounts."""

    def login(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        named = known(data.login.decode(errors="replace"), data.password.decode(errors="replace"))
        return AuthResult(success=bool(named), handled=False, auth_data=named)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    return Controller(
        Kept(folder),
        hostname="",
        port=port,
        ssl_context=context,
        auth_required=True,
        # It counts only STARTTLS as encrypted.
        auth_require_tls=False,
        authenticator=login,
        # It asks for the name in words of its own; clients insist on the usual "Username:".
        auth_exclude_mechanism=["LOGIN"],
    )


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--mails", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--project", required=True)
    options = parser.parse_args()
    smtp(options.mails, options.smtp_port, partial(account, options.state, options.project)).start()
    web(options.mails).run("0.0.0.0", options.http_port)  # noqa: S104 (a container's own address)


if __name__ == "__main__":
    main()
