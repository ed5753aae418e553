"""How people log in at the double: by our blueprint, and by what authentik brings along."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from lab.doubles.authentik.accounts import Accounts, password_of, totp
from lab.doubles.authentik.blueprints import apply
from lab.doubles.authentik.store import load_objects, save_objects
from tests.lab import visitor
from tests.lab.visitor import DENIED, DONE, Json, Visitor
from tests.lab_unit.blueprints import EXECUTOR, Memory, identity_provider, logged_in
from tests.lab_unit.test_doubles_apply import BLUEPRINT, IDP
from tests.support.site import secrets_of

VALIDATE, SET_UP = "ak-stage-authenticator-validate", "ak-stage-authenticator-totp"
RECOVERY = "/api/v3/flows/executor/guildhall-recovery/"
BOOTSTRAP = "bootstrap-password-of-the-lab"
CHOSEN = "another-one"
TRUSTED = "127.0.0.0/8,172.20.0.0/14,10.0.0.2/32"


@pytest.fixture(autouse=True)
def phone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(visitor, "PHONE", tmp_path / "phone.json")


@pytest.fixture
def store() -> Memory:
    made = Memory()
    save_objects(made, apply(BLUEPRINT, load_objects(made), secrets_of(IDP)))
    Accounts(made).create("akadmin", BOOTSTRAP)
    return made


@pytest.fixture
def new(store: Memory) -> Callable[[], FlaskClient]:
    """Another browser."""
    web = identity_provider(store, TRUSTED)
    return web.test_client


@pytest.fixture
def client(new: Callable[[], FlaskClient]) -> FlaskClient:
    return new()


@pytest.fixture
def bare() -> FlaskClient:
    """A browser at what authentik brings along, without our blueprint."""
    made = Memory()
    Accounts(made).create("akadmin", BOOTSTRAP)
    return identity_provider(made).test_client()


def kinds(asked: list[Json]) -> list[str]:
    return [each["component"] for each in asked]


def post(client: FlaskClient, way: str = EXECUTOR, **answer: str) -> Json:
    found = client.post(way, json=answer, follow_redirects=True).json
    assert isinstance(found, dict)
    return found


def guess(client: FlaskClient, user: str, times: int, **headers: str) -> list[str]:
    """The last question of each login that was tried with a wrong password."""
    said = []
    for _ in range(times):
        client.delete_cookie("authentik_session")
        client.get(EXECUTOR, headers=headers)
        client.post(EXECUTOR, json={"uid_field": user}, headers=headers)
        answer = client.post(EXECUTOR, json={"password": "wrong"}, headers=headers, follow_redirects=True)
        said.append(str((answer.json or {})["component"]))
    return said


def test_the_code_is_that_of_the_standard() -> None:
    assert totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"
    assert totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1111111109) == "081804"


def test_a_member_of_a_guarded_group_must_set_up_a_second_factor_and_is_asked_for_it(
    new: Callable[[], FlaskClient],
) -> None:
    first, second = logged_in(new(), "alice"), logged_in(new(), "alice")

    assert kinds(first)[2:] == [VALIDATE, SET_UP, DONE]
    assert {each["name"] for each in first[2]["configuration_stages"]} == {
        "default-authenticator-totp-setup",
        "default-authenticator-webauthn-setup",
    }
    assert kinds(second)[2:] == [VALIDATE, DONE]


def test_a_wrong_code_does_not_let_in(client: FlaskClient, new: Callable[[], FlaskClient]) -> None:
    logged_in(new(), "alice")
    client.get(EXECUTOR)
    post(client, uid_field="alice")
    assert post(client, password=password_of("alice"))["component"] == VALIDATE
    said = post(client, code="000000")

    assert (said["component"], list(said["response_errors"])) == (VALIDATE, ["code"])


def test_a_second_factor_cannot_be_jumped_over(client: FlaskClient) -> None:
    client.get(EXECUTOR)
    post(client, uid_field="alice")
    post(client, password=password_of("alice"))

    assert client.get("/flows/-/default/authentication/").status_code == 302
    assert client.get(EXECUTOR).json == {**post(client), "response_errors": {}}
    assert client.get("/api/v3/core/users/").status_code == 302


def test_who_is_in_no_guarded_group_is_not_asked_for_a_second_factor(client: FlaskClient) -> None:
    assert kinds(logged_in(client, "bob")) == ["ak-stage-identification", "ak-stage-password", DONE]


def test_without_our_blueprint_nobody_is_asked_for_a_second_factor(bare: FlaskClient) -> None:
    assert kinds(logged_in(bare, "alice")) == ["ak-stage-identification", "ak-stage-password", DONE]


def test_five_wrong_passwords_are_taken_and_then_none_from_there(
    new: Callable[[], FlaskClient],
) -> None:
    begun = new()
    begun.get(EXECUTOR)
    post(begun, uid_field="bob")
    assert guess(new(), "bob", 25) == [*["ak-stage-password"] * 5, *[DENIED] * 20]
    assert kinds(logged_in(new(), "bob"))[-1] == DENIED
    assert kinds(logged_in(new(), "mallory"))[-1] == DENIED
    said = post(begun, password=password_of("bob"))

    assert (said["component"], said["error_message"]) == (
        DENIED,
        "Too many wrong passwords. Try again in an hour.",
    )


def test_from_elsewhere_the_right_password_is_still_taken(new: Callable[[], FlaskClient]) -> None:
    guess(new(), "bob", 5, **{"X-Forwarded-For": "203.0.113.9"})

    assert kinds(logged_in(new(), "bob"))[-1] == DONE


def test_without_our_blueprint_guessing_is_free(bare: FlaskClient) -> None:
    assert DENIED not in guess(bare, "bob", 25)
    bare.delete_cookie("authentik_session")
    assert kinds(logged_in(bare, "bob"))[-1] == DONE


def test_good_logins_of_ones_own_do_not_pay_for_guesses_at_anothers_account(
    new: Callable[[], FlaskClient],
) -> None:
    for _ in range(5):
        logged_in(new(), "mallory")
    guess(new(), "bob", 5)

    assert kinds(logged_in(new(), "bob"))[-1] == DENIED
    assert kinds(logged_in(new(), "mallory"))[-1] == DONE


def test_an_address_counts_only_if_a_trusted_proxy_says_it(store: Memory) -> None:
    web = identity_provider(store, TRUSTED)
    forger = web.test_client()
    forger.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    for number in range(5):
        guess(forger, "bob", 1, **{"X-Forwarded-For": f"203.0.113.{number}"})

    assert guess(forger, "bob", 1, **{"X-Forwarded-For": "203.0.113.77"}) == [DENIED]
    assert kinds(logged_in(web.test_client(), "bob"))[-1] == DONE


def test_without_a_list_of_trusted_proxies_every_neighbour_forges_its_address(store: Memory) -> None:
    forger = identity_provider(store).test_client()
    forger.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    said = [guess(forger, "bob", 1, **{"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(9)]

    assert [DENIED] not in said


def administrator(client: FlaskClient) -> dict[str, str]:
    """The headers of one who is logged in."""
    person = Visitor(name="akadmin", password=BOOTSTRAP)
    asked: Any = client.get(EXECUTOR).json
    while asked["component"] != DONE:
        asked = post(client, **person.answer(asked))
    cookie = client.get_cookie("authentik_csrf")
    assert cookie
    return {"X-authentik-CSRF": cookie.value}


def recovery(client: FlaskClient, user: str = "bob") -> tuple[int, Json]:
    """What an administrator gets who asks for a link."""
    headers = administrator(client)
    found: Any = client.get(f"/api/v3/core/users/?username={user}").json
    answer = client.post(f"/api/v3/core/users/{found['results'][0]['pk']}/recovery/", headers=headers)
    return answer.status_code, answer.json or {}


def test_a_link_of_an_administrator_makes_a_new_password_once(new: Callable[[], FlaskClient]) -> None:
    code, said = recovery(new())
    assert (code, "/if/flow/guildhall-recovery/?flow_token=" in said["link"]) == (200, True)
    way = f"{RECOVERY}?query={said['link'].partition('?')[2].replace('=', '%3D')}"
    member = new()
    first: Any = member.get(way).json
    done = post(member, way, password=CHOSEN, password_repeat=CHOSEN)
    again: Any = new().get(way).json

    assert first["component"] == "ak-stage-prompt"
    assert (done["component"], done["to"]) == (DONE, "/")
    assert member.get("/api/v3/core/users/").status_code == 302  # nobody is logged in by it
    assert again["component"] == "ak-stage-identification"
    anew = new()
    anew.get(EXECUTOR)
    post(anew, uid_field="bob")
    assert "password" in post(anew, password=password_of("bob"))["response_errors"]
    assert post(anew, password=CHOSEN)["component"] == DONE


def test_without_our_blueprint_there_are_no_links(bare: FlaskClient) -> None:
    assert recovery(bare) == (400, {"non_field_errors": ["No recovery flow set."]})


def test_links_are_for_administrators_whose_own_page_asks(new: Callable[[], FlaskClient]) -> None:
    member, forged = new(), new()
    logged_in(member, "bob")
    administrator(forged)

    assert member.post("/api/v3/core/users/3/recovery/").status_code == 403
    assert forged.post("/api/v3/core/users/3/recovery/").status_code == 403


def test_the_administrator_of_the_bootstrap_must_set_up_a_second_factor_too(
    client: FlaskClient, store: Memory
) -> None:
    administrator(client)

    assert Accounts(store).second_factor("akadmin")


def test_a_changed_bootstrap_password_changes_nothing(store: Memory) -> None:
    Accounts(store).create("akadmin", "another")

    assert Accounts(store).knows("akadmin", BOOTSTRAP)


def test_a_code_of_an_hour_ago_is_no_code(new: Callable[[], FlaskClient]) -> None:
    logged_in(new(), "alice")
    client = new()
    client.get(EXECUTOR)
    post(client, uid_field="alice")
    post(client, password=password_of("alice"))
    old = totp(Visitor(name="alice").devices["alice"], time.time() - 3600)

    assert post(client, code=old)["component"] == VALIDATE
