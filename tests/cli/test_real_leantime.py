# ruff: noqa: S608 - statements of its own, to a database of its own
"""Leantime in a real MariaDB: who came by the identity provider has no password, whatever is written.

The table has the columns that matter of Leantime's own (app/Domain/Install/Services/SchemaBuilder.php,
v3.9.8), and the statements are those of its repositories (app/Domain/Auth and app/Domain/Users).
"""

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.model import Site
from tests.support.site import app, release_of

TABLE = """
CREATE TABLE zp_user (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(175) NOT NULL UNIQUE,
  password varchar(255) DEFAULT '', status varchar(1) NOT NULL DEFAULT 'A', role varchar(200) NOT NULL,
  session varchar(100), source varchar(200),
  pwReset varchar(100), pwResetExpiration datetime, pwResetCount int
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
"""
# Leantime's own session, whose mode its statements run in.
MODE = "SET SESSION sql_mode = 'ANSI_QUOTES';\n"
# password_hash(''), as it stores one for each account that comes by the identity provider.
EMPTY = "$2y$10$6n1cM1MLS5mBv7gMZ0LMaOcn4GdXq3TtOqCwYwFBqVZbtl0tZQk1q"
GUESSED = "$2y$10$0eP3nEXdpJxGgrBPqCBCxOX3XrH2w0ZQyL1eEwzJg8r0yq9u8vQmK"
BY_OIDC = (
    "INSERT INTO zp_user (username, role, password, source, pwReset, status) "
    f"VALUES ('member', '20', '{EMPTY}', 'oidc', '', 'a');"
)
MEMBER = "WHERE username = 'member';"
NEW_PASSWORD = f"UPDATE zp_user SET password = '{GUESSED}', pwReset = '', pwResetCount = 0 {MEMBER}"
WRITES = {
    "the first login": "SELECT 1;",
    "a link to a new password is asked for": "UPDATE zp_user SET pwReset = 'link', "
    f"pwResetExpiration = now() + INTERVAL 1 HOUR, pwResetCount = COALESCE(pwResetCount, 0) + 1 {MEMBER}",
    "a new password, by link, profile or API": NEW_PASSWORD,
    "an administrator's invitation": f"UPDATE zp_user SET status = 'i', pwReset = 'code' {MEMBER}",
    "an account said to have come otherwise": f"UPDATE zp_user SET source = '' {MEMBER}{NEW_PASSWORD}",
    "a row that is written over": "REPLACE INTO zp_user (id, username, role, password, source, status) "
    f"VALUES (1, 'member', '20', '{GUESSED}', 'oidc', 'a');",
    "capitals and blanks": f"UPDATE zp_user SET source = 'OIDC ', password = '{GUESSED}' {MEMBER}",
}


class Server:
    """A MariaDB of its own, which nobody but this user reaches."""

    def __init__(self, folder: Path) -> None:
        self.socket, data, user = folder / "s", folder / "data", getpass.getuser()
        options = [f"--datadir={data}", f"--user={user}"]
        made = [
            "mariadb-install-db",
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        subprocess.run([*made, *options], check=True, capture_output=True)
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", *options, f"--socket={self.socket}", "--skip-networking"],
            stderr=subprocess.DEVNULL,
        )

    def ask(self, statements: str, database: str = "leantime") -> list[str]:
        """What the server answers, a line a row."""
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--skip-column-names"]
        said = subprocess.run(
            [*client, "--batch", database], input=statements, capture_output=True, text=True, check=True
        )
        return said.stdout.splitlines()

    def ready(self) -> bool:
        try:
            return self.ask("SELECT 1;", "mysql") == ["1"]
        except subprocess.CalledProcessError:
            return False


@pytest.fixture(scope="module")
def server(mariadb: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("db"))
    try:
        deadline = time.monotonic() + 60
        while not server.ready():
            assert time.monotonic() < deadline, "MariaDB does not start"
            time.sleep(0.2)
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


@pytest.fixture
def closing(server: Server, site: Site) -> str:
    """A new table of Leantime's; what is given is the release's file that closes it."""
    server.ask("DROP DATABASE IF EXISTS leantime; CREATE DATABASE leantime;", "mysql")
    server.ask(TABLE)
    return release_of(app("leantime"), site).files["passwords.sql"].decode()


def accounts(server: Server) -> list[str]:
    return server.ask("SELECT username, password, IFNULL(pwReset, 'none') FROM zp_user ORDER BY id;")


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_an_account_of_the_identity_provider_never_has_a_password_nor_a_link_to_one(
    server: Server, closing: str, write: str
) -> None:
    server.ask(closing)

    server.ask(MODE + BY_OIDC + write)

    assert accounts(server) == ["member\t\tnone"]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_without_the_triggers_it_has_one(server: Server, closing: str, write: str) -> None:
    assert "TRIGGER" in closing

    server.ask(MODE + BY_OIDC + write)

    assert accounts(server) != ["member\t\tnone"]


def test_accounts_that_were_there_before_are_closed_and_doing_it_again_changes_nothing(
    server: Server, closing: str
) -> None:
    server.ask(BY_OIDC)

    server.ask(closing)
    once = accounts(server)
    server.ask(closing)

    assert once == accounts(server) == ["member\t\tnone"]


def test_everybody_else_keeps_the_password_and_the_link(server: Server, closing: str) -> None:
    server.ask(closing)

    server.ask(
        "INSERT INTO zp_user (username, role, password, source, pwReset, status) VALUES "
        "('owner', '50', 'hash', '', 'link', 'a'), ('key', '20', 'hash', 'api', '', 'a'), "
        "('old', '20', 'hash', NULL, '', 'a');"
        "UPDATE zp_user SET password = 'another' WHERE username = 'owner';"
    )

    assert accounts(server) == ["owner\tanother\tlink", "key\thash\t", "old\thash\t"]


def test_name_role_and_state_of_such_an_account_can_be_changed(server: Server, closing: str) -> None:
    server.ask(closing)

    server.ask(BY_OIDC + f"UPDATE zp_user SET role = '50', status = 'i', session = 's' {MEMBER}")

    assert server.ask("SELECT role, status, session, source FROM zp_user;") == ["50\ti\ts\toidc"]


def test_an_owner_is_made_of_an_account_that_is_there_and_of_no_other(
    server: Server, closing: str, tmp_path: Path
) -> None:
    client = tmp_path / "mariadb"
    real = f"{shutil.which('mariadb')} --no-defaults --socket={server.socket}"
    client.write_text(f'#!/bin/sh\nexec {real} "$@" --user=root\n')
    client.chmod(0o755)
    first, name = app("leantime").first_admin, "ada@example.org"
    assert first
    server.ask(
        "INSERT INTO zp_user (id, username, role, password, source, status) "
        f"VALUES (9, '{name}', '20', '', 'oidc', 'a');"
    )

    def made(mail: str) -> tuple[int, str]:
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "MARIADB_PASSWORD": ""}
        ran = subprocess.run([*first.command, mail], env=path, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout

    for _ in range(2):
        assert made(name) == (0, f"{name} owns Leantime\n")
    assert server.ask(f"SELECT role FROM zp_user WHERE username = '{name}';") == ["50"]
    assert made("nobody") == (1, "Leantime has no account nobody: log in once, then type this again\n")
