"""SMTP server that takes mail over TLS and after a login, keeps it, and shows it as JSON over HTTP."""

import argparse
import mailbox
import ssl
from email.message import Message
from pathlib import Path
from typing import Final

from aiosmtpd.controller import Controller  # type: ignore[import-not-found]
from aiosmtpd.handlers import Mailbox  # type: ignore[import-not-found]
from aiosmtpd.smtp import AuthResult, LoginPassword  # type: ignore[import-not-found]
from flask import Flask, Response, jsonify

TLS: Final = Path("/etc/guildhall")


def listing(mails: mailbox.Maildir) -> list[dict[str, str]]:
    """The kept mails, oldest first; the envelope's addresses are those in X-MailFrom and X-RcptTo."""
    return [_shown(mails[key]) for key in sorted(mails.keys())]


def _shown(mail: Message) -> dict[str, str]:
    part = next((p for p in mail.walk() if p.get_content_type() == "text/plain"), mail)
    body = part.get_payload(decode=True)
    headers = {name: str(mail[name] or "") for name in ("From", "To", "Subject", "X-MailFrom", "X-RcptTo")}
    return {**headers, "body": body.decode(errors="replace") if isinstance(body, bytes) else ""}


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


def smtp(folder: Path, port: int, user: str, password: str) -> Controller:
    """A server whose TLS begins with the first byte, and that accepts mail only from this user."""

    def login(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            user.encode(),
            password.encode(),
        )
        return AuthResult(success=known, handled=False)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    return Controller(
        Mailbox(folder),
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
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    options = parser.parse_args()
    smtp(options.mails, options.smtp_port, options.user, options.password).start()
    web(options.mails).run("0.0.0.0", options.http_port)  # noqa: S104 (a container's own address)


if __name__ == "__main__":
    main()
