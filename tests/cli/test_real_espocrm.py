"""EspoCRM's mail account, which its own classes make: stand-ins of them say what they were told."""

import json
import subprocess
from pathlib import Path

import pytest

from catalogue.model import Site
from tests.support.site import app, release_of

START, ACCOUNT = "mail/apache2-with-mail.sh", "mail/mail_account.php"
VARIABLES = {
    "MAIL_FROM": "espo@example.org",
    "SMTP_HOST": "smtp.example.net",
    "SMTP_PORT": "465",
    "SMTP_USERNAME": "u",
    "SMTP_PASSWORD": "canary ' $x",
}
# The classes and methods that the script uses, as EspoCRM 10 has them; crypt is told apart by its brackets.
BOOTSTRAP = """<?php
namespace Espo\\Core { class Application {
  function setupSystemUser() {}
  function getContainer() { return $this; }
  function getByClass(string $name) { return new \\Espo\\ORM\\EntityManager; }
  function getInjectableFactory() { return $this; }
  function create(string $name) { return new $name; }
} }
namespace Espo\\Core\\Utils { class Crypt { function encrypt(string $text) { return "[$text]"; } } }
namespace Espo\\Entities { class InboundEmail {
  const STATUS_ACTIVE = 'Active';
  function __construct(public array $values = []) {}
  function get(string $name) { return $this->values[$name] ?? null; }
  function set(array $values) { $this->values = array_merge($this->values, $values); }
} }
namespace Espo\\ORM { class EntityManager {
  function getRDBRepositoryByClass(string $name) { return $this; }
  function where(array $clause) { $this->asked = $clause; return $this; }
  function findOne() {
    $found = getenv('FOUND');
    return $found ? new \\Espo\\Entities\\InboundEmail(json_decode($found, true)) : null;
  }
  function getNew() { return new \\Espo\\Entities\\InboundEmail; }
  function save($entity) { echo json_encode($entity->values + ['asked' => $this->asked]); }
  public $asked;
} }
"""


@pytest.fixture
def account(site: Site, tmp_path: Path) -> list[str]:
    """The command that makes the account, in a folder that stands for the program's."""
    (tmp_path / "bootstrap.php").write_text(BOOTSTRAP)
    text = release_of(app("espocrm"), site).files[ACCOUNT].decode()
    (tmp_path / "account.php").write_text(text.replace("/var/www/html", str(tmp_path)))
    return ["php", "-d", "display_errors=stderr", str(tmp_path / "account.php")]


def made(command: list[str], **other: str) -> dict[str, object]:
    environment = {"PATH": "/usr/bin:/bin"} | VARIABLES | other
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert said.stderr == ""
    values: dict[str, object] = json.loads(said.stdout)
    return values


@pytest.mark.usefixtures("php")
def test_the_account_sends_as_the_systems_address_over_tls_from_the_first_byte(account: list[str]) -> None:
    values = made(account)

    assert values["asked"] == {"emailAddress": "espo@example.org"}
    assert (values["emailAddress"], values["status"], values["useSmtp"]) == (
        "espo@example.org",
        "Active",
        True,
    )
    assert (values["smtpHost"], values["smtpPort"], values["smtpSecurity"]) == (
        "smtp.example.net",
        465,
        "SSL",
    )
    assert (values["smtpUsername"], values["smtpPassword"]) == ("u", "[canary ' $x]")
    assert values["useImap"] is False


@pytest.mark.usefixtures("php")
def test_an_account_that_is_there_gets_the_new_password_and_keeps_its_name(account: list[str]) -> None:
    values = made(account, FOUND='{"name": "Office", "status": "Inactive", "smtpIsShared": true}')

    assert (values["name"], values["status"], values["smtpIsShared"]) == ("Office", "Active", True)
    assert values["smtpPassword"] == "[canary ' $x]"


def test_apache_starts_after_the_account_and_without_its_password(site: Site, tmp_path: Path) -> None:
    (tmp_path / "start").write_bytes(release_of(app("espocrm"), site).files[START])
    for name, does in {"setpriv": 'echo "$@"', "apache2-foreground": "env"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)

    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"} | VARIABLES
    said = subprocess.run(
        ["sh", "start"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    first, *rest = said.stdout.splitlines()
    assert first == "--reuid=33 --regid=33 --clear-groups php /etc/espocrm-mail/mail_account.php"
    assert "SMTP_HOST=smtp.example.net" in rest
    assert not [line for line in rest if "canary" in line]


def test_without_the_account_apache_does_not_start(site: Site, tmp_path: Path) -> None:
    (tmp_path / "start").write_bytes(release_of(app("espocrm"), site).files[START])
    for name, does in {"setpriv": "exit 7", "apache2-foreground": "echo started"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)

    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"} | VARIABLES
    said = subprocess.run(
        ["sh", "start"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stdout) == (7, "")
