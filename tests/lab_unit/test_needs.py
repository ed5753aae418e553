"""What a double does once it has what it needs."""

import pytest

from lab.doubles import needs


def test_a_mail_is_sent_after_a_login_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: int, context: object) -> None:
            done.append(f"{host}:{port}")

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def login(self, user: str, password: str) -> None:
            done.append(f"login {user}")

        def sendmail(self, sender: str, to: list[str], text: str) -> None:
            done.append(f"mail to {to[0]}")

    monkeypatch.setattr(needs.smtplib, "SMTP_SSL", Server)
    account = {"host": "m", "port": "465", "user": "u", "password": "p", "sender": "a@example.org"}
    needs.smtp(account)
    needs.smtp(account)

    assert done == ["m:465", "login u", "mail to a@example.org"]
