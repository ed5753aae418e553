"""Leantime's accounts in its own table: who comes by the identity provider gets the password '', hashed.

`python3 -m doubles.leantime` does what `bin/leantime db:migrate` does: the table, and the owner's account.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from flask import Flask, Response, request, session

# Leantime/leantime v3.9.8, app/Domain/Install/Services/SchemaBuilder.php: of its columns those that logins
# are about.
TABLE = """
CREATE TABLE IF NOT EXISTS zp_user (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(175) NOT NULL UNIQUE,
  password varchar(255) DEFAULT '', status varchar(1) NOT NULL DEFAULT 'A', role varchar(200) NOT NULL,
  session varchar(100), source varchar(200),
  pwReset varchar(100), pwResetExpiration datetime, pwResetCount int
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
"""
NEW = "INSERT IGNORE INTO zp_user (username, password, status, role, source) VALUES (%s, %s, 'a', %s, %s)"
KNOWN = "SELECT password FROM zp_user WHERE username = %s AND LOWER(status) = 'a'"
# Leantime/leantime v3.9.8, app/Domain/Auth/Repositories/Auth.php: setPWResetLink; changePW, which takes no
# empty link.
LINK = (
    "UPDATE zp_user SET pwReset = %s, pwResetExpiration = NOW() + INTERVAL 1 HOUR,"
    " pwResetCount = COALESCE(pwResetCount, 0) + 1 WHERE username = %s"
)
BY_LINK = (
    "UPDATE zp_user SET password = %s, pwReset = '', pwResetCount = 0"
    " WHERE pwReset = %s AND pwResetExpiration >= NOW()"
)
# Leantime/leantime v3.9.8, app/Domain/Users/Services/Users.php: changeOwnPassword.
OWN = "UPDATE zp_user SET password = %s WHERE username = %s"
OWNER, EDITOR = "50", "20"
Ask = Callable[[str, Sequence[str]], Sequence[Sequence[Any]]]


def hashed(password: str) -> str:
    """As PHP's password_hash."""
    bcrypt = import_module("bcrypt")  # only one image has it
    return str(bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode())


def verified(password: str, stored: str) -> bool:
    """As PHP's password_verify: what is no hash fits no password."""
    try:
        return bool(import_module("bcrypt").checkpw(password.encode(), stored.encode()))
    except ValueError:
        return False


class Accounts:
    """Logins by password, the ways to a new one, and the account of a first login by the provider."""

    def __init__(self, ask: Ask, callback: str) -> None:
        self.ask, self.callback = ask, callback

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/auth/login", "password", self.by_password, methods=["POST"])
        web.add_url_rule("/auth/resetPw/", "link", self.link, methods=["POST"])
        web.add_url_rule("/auth/resetPw/<link>", "by_link", self.by_link, methods=["POST"])
        web.add_url_rule("/users/editOwn", "own", self.own, methods=["POST"])
        web.after_request(self.came)

    def came(self, answer: Response) -> Response:
        """Leantime/leantime v3.9.8, app/Domain/Oidc/Services/Oidc.php: who is new gets an empty password."""
        if request.path == self.callback and answer.status_code == 200:
            person = (answer.get_json() or {})["email"]
            self.ask(NEW, [person, hashed(""), EDITOR, "oidc"])
            session["person"] = person
        return answer

    def link(self) -> Response:
        """Sent to the address, and said to nobody, whether there is such an account or not."""
        self.ask(LINK, [secrets.token_hex(16), request.form.get("username", "")])
        return Response("An email was sent\n")

    def by_link(self, link: str) -> Response:
        self.ask(BY_LINK, [hashed(request.form["password"]), link])
        return Response("Log in\n")

    def own(self) -> Response:
        """Who is logged in changes the password that he knows."""
        person = session.get("person", "")
        if not self.knows(person, request.form.get("currentPassword", "")):
            return Response("Previous password incorrect\n", 403)
        self.ask(OWN, [hashed(request.form["newPassword"]), person])
        return Response("Password changed\n")

    def knows(self, person: str, password: str) -> bool:
        return any(verified(password, str(row[0])) for row in self.ask(KNOWN, [person]))

    def by_password(self) -> Response:
        good = self.knows(request.form.get("username", ""), request.form.get("password", ""))
        return Response("Welcome\n" if good else "Username or password incorrect\n", 200 if good else 403)


def asking(env: Mapping[str, str]) -> Ask:
    """Statements to the database of the environment, each over a connection of its own."""
    client = import_module("pymysql")  # only images have it
    names = {name: env[f"LEAN_DB_{name.upper()}"] for name in ("host", "user", "password", "database")}

    def ask(statement: str, values: Sequence[str]) -> Sequence[Sequence[Any]]:
        where = {**names, "port": int(env["LEAN_DB_PORT"]), "autocommit": True}
        with client.connect(**where) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found

    return ask


def migrate(ask: Ask, env: Mapping[str, str]) -> None:
    ask(TABLE, [])
    ask(NEW, [env["ADMIN_EMAIL"], hashed(env["ADMIN_PASSWORD"]), OWNER, ""])


if __name__ == "__main__":
    migrate(asking(os.environ), os.environ)
