"""What a double does once it has what it needs."""

import pytest

from lab.doubles import needs


def test_a_mail_is_sent_after_a_login_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: int) -> None:
            done.append(f"{host}:{port}")

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def starttls(self, context: object) -> None:
            done.append("starttls")

        def login(self, user: str, password: str) -> None:
            done.append(f"login {user}")

        def sendmail(self, sender: str, to: list[str], text: str) -> None:
            done.append(f"mail to {to[0]}")

    monkeypatch.setattr(needs.smtplib, "SMTP", Server)
    account = {"host": "m", "port": "587", "user": "u", "password": "p", "sender": "a@example.org"}
    needs.smtp(account)
    needs.smtp(account)

    assert done == ["m:587", "starttls", "login u", "mail to a@example.org"]
