"""What stands between a guesser and an account, and what a deploy makes sure of at the identity provider."""

import json
import secrets
import shlex
from urllib.parse import urlsplit

import pytest
import requests

from lab import layout
from tasks.secrets import ScalewayStore
from tests.lab.browser import browser, follow, log_in
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import IDENTITY_PROVIDER, address, record
from tests.lab.running import Lab
from tests.lab.visitor import DENIED, DONE, Flow, Json, Visitor, password_of
from tests.support.project import Project

pytestmark = pytest.mark.logins

GATEWAY = f"https://{IDENTITY_PROVIDER}"
LOGIN = f"{GATEWAY}/if/flow/default-authentication-flow/"
EXECUTOR = f"{GATEWAY}/api/v3/flows/executor/default-authentication-flow/"
VALIDATE, SET_UP = "ak-stage-authenticator-validate", "ak-stage-authenticator-totp"
OUTLINE = record("outline")
# Each guess is a login of its own, from a host: what is counted there is not counted for others.
GUESSES = """
cd "$(mktemp -d)" || exit 1
ask() {{ curl --silent --fail --location --retry 9 --cookie jar --cookie-jar jar "$@" {executor}; }}
tried() {{ rm -f jar; ask >/dev/null; ask --json {name} >/dev/null; ask --json "$1"; echo; }}
for number in $(seq 25); do tried '{{"password": "wrong"}}'; done
tried {right}
"""


def secret(bundle: str, key: str) -> str:
    """What the lab's store has of a secret."""
    return (ScalewayStore("lab").read(bundle) or {})[key]


def administrator() -> Visitor:
    return Visitor(name="akadmin", password=secret("authentik", "BOOTSTRAP_PASSWORD"))


def kinds(asked: list[Json]) -> list[str]:
    return [each["component"] for each in asked]


def redeemed(session: requests.Session, client_secret: str) -> str:
    """What is said to a client that brings a code that nobody made: whether its secret is good."""
    form = {"grant_type": "authorization_code", "code": "made-up", "client_id": OUTLINE.name}
    form |= {"client_secret": client_secret, "redirect_uri": f"{address(OUTLINE)}/auth/oidc.callback"}
    answer = session.post(f"{GATEWAY}/application/o/token/", form, timeout=20)
    return str(answer.json()["error"])


def test_a_member_of_a_guarded_group_is_asked_for_a_second_factor_and_others_are_not(
    site: FirstRuns,
) -> None:
    with browser() as session:
        Flow(session, LOGIN).through(Visitor(name="alice"))
    with browser() as session:
        again = Flow(session, LOGIN).through(Visitor(name="alice"))
    with browser() as session:
        other = Flow(session, LOGIN).through(Visitor(name="bob"))

    assert kinds(again)[-2:] == [VALIDATE, DONE]
    assert VALIDATE not in kinds(other)
    assert kinds(other)[-1] == DONE


def test_the_password_alone_does_not_let_a_member_of_a_guarded_group_in(site: FirstRuns) -> None:
    alice = Visitor(name="alice")
    with browser() as session:
        flow = Flow(session, LOGIN)
        asked = flow.ask()
        while asked["component"] != VALIDATE:
            asked = flow.ask(alice.answer(asked))
        refused = flow.ask({"code": "000000"})
        page = session.get(f"{GATEWAY}/flows/-/default/authentication/", timeout=20)

    assert refused["component"] in (VALIDATE, SET_UP)
    assert urlsplit(page.url).path == urlsplit(LOGIN).path


def test_a_link_of_an_administrator_lets_somebody_choose_a_password_once(site: FirstRuns) -> None:
    who = administrator()
    with browser() as session:
        Flow(session, LOGIN).through(who)
        users = session.get(f"{GATEWAY}/api/v3/core/users/?username=carol", timeout=20).json()
        where = f"{GATEWAY}/api/v3/core/users/{users['results'][0]['pk']}/recovery/"
        headers = {"X-authentik-CSRF": str(session.cookies["authentik_csrf"]), "Referer": f"{GATEWAY}/"}
        answer = session.post(where, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    carol = Visitor(name="carol", password=secrets.token_hex(12))
    with browser() as session:
        chosen = Flow(session, answer.json()["link"]).through(carol)
    with browser() as session:
        again = Flow(session, answer.json()["link"]).ask()
    with browser() as session:
        after = Flow(session, LOGIN).through(carol)

    assert kinds(chosen) == ["ak-stage-prompt", DONE]
    assert again["component"] == "ak-stage-identification"
    assert kinds(after)[-1] == DONE


def test_wrong_passwords_are_not_free_and_cost_nobody_else(lab: Lab, site: FirstRuns) -> None:
    right = json.dumps({"password": password_of("mallory")})
    words = {
        "executor": EXECUTOR,
        "name": shlex.quote('{"uid_field": "mallory"}'),
        "right": shlex.quote(right),
    }
    lines = lab.ssh(layout.TOOLS.name, GUESSES.format(**words)).split("\n")
    said = [json.loads(line)["component"] for line in lines if line]
    with browser() as session:
        elsewhere = Flow(session, LOGIN).through(Visitor(name="mallory"))

    assert len(said) == 26
    assert set(said[5:]) == {DENIED}
    assert kinds(elsewhere)[-1] == DONE


def test_a_rotated_client_secret_works_after_a_deploy_and_the_old_one_does_not(
    lab: Lab, site: FirstRuns
) -> None:
    old, new = secret("outline", "OIDC_CLIENT_SECRET"), secrets.token_hex(32)
    with browser() as session:
        before = redeemed(session, old), redeemed(session, new)
    lab.set_secret("outline", "OIDC_CLIENT_SECRET", new)
    run = lab.deploy("site", "-y")
    assert run.code == 0, run.output
    with browser() as session:
        after = redeemed(session, old), redeemed(session, new)
        _, page = log_in(session, address(OUTLINE), OUTLINE.routes[0], "bob")

    assert before == ("invalid_grant", "invalid_client")
    assert after == ("invalid_client", "invalid_grant")
    assert page.json()["preferred_username"] == "bob"


def test_a_blueprint_that_is_refused_fails_the_deploy_says_why_and_tells_no_secret(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    project.edit("templates/authentik/blueprints/apps.yaml.j2", "      sign_assertion: true\n", "")
    run = lab.deploy(
        "authentik", "-y", "--limit", "authentik-prod", "--data", "app=authentik", root=project.root
    )
    with browser() as session:
        page = follow(session, f"{address(OUTLINE)}/auth/oidc", "bob")

    assert run.code == 1, run.output
    assert "custom/apps.yaml: authentik_providers_saml.samlprovider 'provider-zabbix'" in run
    assert "'Sign assertion'" in run
    assert "ROLLED BACK at after_up" in run
    assert secret("outline", "OIDC_CLIENT_SECRET") not in run
    assert page.status_code == 200
