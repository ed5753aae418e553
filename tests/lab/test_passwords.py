"""Leantime's accounts of the identity provider have no password, by the way that leads past the edge too."""

import pytest

from tests.lab.browser import browser, log_in
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import address, record
from tests.lab.running import Lab

pytestmark = pytest.mark.logins

LEANTIME = record("leantime")
INSIDE = (
    "docker exec -i leantime-leantime-1 curl -so /dev/null -w '%{http_code}' http://127.0.0.1:8080/auth/login"
)
CLIENT = "MYSQL_PWD=$MARIADB_PASSWORD mariadb --user=leantime --batch --skip-column-names leantime"
ASKED = "SELECT password, source FROM zp_user WHERE username = 'alice@guild.test'"
STORED = f"echo \"{ASKED}\" | docker exec -i leantime-mariadb-1 sh -c '{CLIENT}'"


@pytest.fixture(scope="module")
def alice(site: FirstRuns) -> str:
    """The name of an account that a login by the identity provider made."""
    with browser() as session:
        log_in(session, address(LEANTIME), LEANTIME.routes[0], "alice")
    return "alice@guild.test"


def entered(lab: Lab, name: str, password: str) -> str:
    host = "tools-prod"
    return lab.ssh(
        host, f"{INSIDE} --data-urlencode username={name} --data-urlencode password={password}"
    ).strip()


@pytest.mark.parametrize("password", ["''", "guessed"])
def test_who_came_by_the_identity_provider_gets_in_with_no_password(
    lab: Lab, alice: str, password: str
) -> None:
    assert entered(lab, alice, password) == "403"


def test_the_database_keeps_no_password_for_who_came_by_the_identity_provider(lab: Lab, alice: str) -> None:
    assert lab.ssh("tools-prod", STORED).strip("\n").split("\t") == ["", "oidc"]


def test_nobody_asks_for_a_login_by_password_from_outside(alice: str) -> None:
    with browser() as session:
        answer = session.post(f"{address(LEANTIME)}/auth/login", data={"username": alice, "password": ""})

    assert answer.status_code == 403
