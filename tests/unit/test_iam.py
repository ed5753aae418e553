"""Keys of Scaleway's IAM: what it is asked, word for word, and what becomes of a key until it is stored."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue import views
from lab.cloud.scaleway_api import Cloud
from tasks import secrets
from tasks.secrets import DotenvStore, Iam
from tasks.secrets.iam import OBJECTS, Key
from tests.support.answers import API, KEY, PROJECT, Asked, Session, answered, use_key
from tests.support.site import app

NEEDED = views.all_secrets((app("traefik"), app("loki")))
NAME = "guildhall test outline"
Failing = Callable[[Asked], tuple[int, Any] | None]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    use_key(monkeypatch)
    monkeypatch.setenv("SCW_DEFAULT_ORGANIZATION_ID", PROJECT)


@pytest.fixture
def store(tmp_path: Path) -> DotenvStore:
    return DotenvStore(tmp_path / ".secrets.production.env")


@pytest.fixture
def iam(tmp_path: Path) -> tuple[Iam, Session]:
    """An IAM without a network: the lab's own answers."""
    web = Cloud(tmp_path / "state.json", KEY, PROJECT, "fr-par").web().test_client()

    def answer(asked: Asked) -> tuple[int, Any]:
        given = {"query_string": asked.params, "json": asked.body, "headers": asked.headers}
        said = web.open(asked.url.removeprefix(API), method=asked.method, **given)
        return said.status_code, said.data

    return answered(Iam("test", timeout=5), answer)


def failing(session: Session, fails: Failing) -> None:
    """What `fails` has an answer to is not done."""
    before = session.answer
    session.answer = lambda asked: fails(asked) or before(asked)


def calls(session: Session) -> list[tuple[str, str, Any]]:
    """Method, path and what was said with it: the query, or the body."""
    return [
        (each.method, each.url.removeprefix(f"{API}/iam/v1alpha1/"), each.body or each.params)
        for each in session.asked
    ]


def test_an_app_gets_an_application_a_policy_and_a_key(iam: tuple[Iam, Session]) -> None:
    made = iam[0].issue("outline", OBJECTS)
    asked = calls(iam[1])
    application = made.principal.removeprefix("application_id:")
    organisation = {"organization_id": PROJECT}

    assert [(method, place) for method, place, _ in asked] == [
        ("GET", "applications"),
        ("POST", "applications"),
        ("GET", "policies"),
        ("POST", "policies"),
        ("GET", "api-keys"),
        ("POST", "api-keys"),
    ]
    said = [{name: each for name, each in more.items() if each is not None} for _, _, more in asked]
    assert (said[0]["name"], said[0]["page_size"]) == (NAME, 100)
    assert said[1] == {
        **organisation,
        "name": NAME,
        "description": "Has the key of outline",
        "tags": ["guildhall", PROJECT],
    }
    assert (said[2]["application_ids"], said[2]["page_size"]) == ([application], 100)
    assert said[3] == {
        **organisation,
        "name": NAME,
        "description": "What the key of outline may do",
        "tags": ["guildhall"],
        "application_id": application,
        "rules": [
            {
                "condition": "",
                "permission_set_names": [
                    "ObjectStorageObjectsDelete",
                    "ObjectStorageObjectsRead",
                    "ObjectStorageObjectsWrite",
                ],
                "project_ids": [PROJECT],
            }
        ],
    }
    assert (said[4]["bearer_id"], said[4]["page_size"]) == (application, 100)
    assert said[5] == {
        "application_id": application,
        "default_project_id": PROJECT,
        "description": NAME,
    }
    assert {each.timeout for each in iam[1].asked} == {5}
    assert isinstance(made, Key)
    assert made.secret.reveal() not in repr(made)


def test_a_second_key_is_of_the_same_application_and_policy(iam: tuple[Iam, Session]) -> None:
    client, session = iam
    first = client.issue("outline", OBJECTS)
    session.asked.clear()
    second = client.issue("outline", OBJECTS)

    assert first.principal == second.principal
    assert [place for method, place, _ in calls(session) if method == "POST"] == ["api-keys"]
    assert sorted(client.keys("outline")) == sorted([first.access, second.access])
    assert client.keys("loki") == []


def test_a_key_is_deleted_by_its_name(iam: tuple[Iam, Session]) -> None:
    client, session = iam
    made = client.issue("outline", OBJECTS)
    client.delete(made.access)

    assert calls(session)[-1][:2] == ("DELETE", f"api-keys/{made.access}")
    assert client.keys("outline") == []
    with pytest.raises(ValueError, match=f"^Scaleway IAM: cannot delete the key {made.access}: there is no"):
        client.delete(made.access)


def test_whose_a_key_is(iam: tuple[Iam, Session], monkeypatch: pytest.MonkeyPatch) -> None:
    client, session = iam
    made = client.issue("outline", OBJECTS)

    assert client.principal(made.access) == made.principal
    assert client.principal("SCWOTHEROTHEROTHER00") is None
    failing(session, lambda asked: (500, {}))
    with pytest.raises(ValueError, match="cannot look up whose a key is: the API fails"):
        client.principal(made.access)
    found = SimpleNamespace(application_id=None, user_id="u")
    monkeypatch.setattr(client._api, "get_api_key", lambda access_key: found)
    assert client.principal("SCW") == "user_id:u"


@pytest.mark.parametrize(
    ("method", "place", "what"),
    [
        ("GET", "applications", "list applications"),
        ("POST", "applications", "make the application of outline"),
        ("GET", "policies", "make the policy of outline"),
        ("POST", "policies", "make the policy of outline"),
        ("GET", "api-keys", "list the keys of outline"),
        ("POST", "api-keys", "make the key of outline"),
    ],
)
def test_what_fails_is_named(iam: tuple[Iam, Session], method: str, place: str, what: str) -> None:
    failing(iam[1], lambda asked: (500, {}) if asked.method == method and asked.url.endswith(place) else None)

    with pytest.raises(ValueError, match=r"^Scaleway IAM: cannot") as caught:
        iam[0].issue("outline", OBJECTS)
    assert str(caught.value) == (
        f"Scaleway IAM: cannot {what}: the API fails with HTTP 500; try again later, see status.scaleway.com"
    )


def lost(session: Session) -> None:
    """The key is made, and its answer does not arrive."""
    before = session.answer

    def answer(asked: Asked) -> tuple[int, Any]:
        said = before(asked)
        made = asked.method == "POST" and asked.url.endswith("api-keys")
        return (502, {}) if made else said  # type: ignore[return-value]

    session.answer = answer


def test_a_key_whose_answer_was_lost_is_deleted_and_older_ones_are_not(iam: tuple[Iam, Session]) -> None:
    client, session = iam
    first = client.issue("outline", OBJECTS)
    lost(session)
    with pytest.raises(ValueError, match="cannot make the key of outline") as caught:
        client.issue("outline", OBJECTS)

    assert "a key may have been made" not in str(caught.value)
    assert client.keys("outline") == [first.access]


def test_a_key_that_may_be_left_over_is_said(iam: tuple[Iam, Session]) -> None:
    client, session = iam
    lost(session)
    failing(session, lambda asked: (500, {}) if asked.method == "DELETE" else None)
    with pytest.raises(ValueError, match="; a key may have been made all the same: Sc"):
        client.issue("outline", OBJECTS)


def test_an_application_is_told_by_its_whole_name_and_its_project(iam: tuple[Iam, Session]) -> None:
    client, _ = iam
    for name, tag in ((f"{NAME} 2", PROJECT), (NAME, "another")):
        client._api.create_application(name=name, description="", tags=[tag])
    assert client.keys("outline") == []
    own = client._api.create_application(name=NAME, description="", tags=[PROJECT])
    assert client.issue("outline", OBJECTS).principal == f"application_id:{own.id}"

    other = client._api.create_application(name=NAME, description="", tags=[PROJECT])
    with pytest.raises(ValueError, match="are both called") as caught:
        client.keys("outline")
    first, second = sorted((own.id, other.id))
    assert str(caught.value) in {
        f"Scaleway IAM: {one} and {two} are both called '{NAME}'; delete the one without use"
        for one, two in ((first, second), (second, first))
    }


@pytest.mark.parametrize(("length", "good"), [(64, True), (65, False)])
def test_a_name_may_have_64_characters(
    tmp_path: Path, iam: tuple[Iam, Session], length: int, good: bool
) -> None:
    client, session = iam
    client.environment = "x" * (length - len("guildhall  outline"))
    if good:
        assert client.issue("outline", OBJECTS).principal
        return
    with pytest.raises(ValueError, match="is longer than 64 characters; rename the app") as caught:
        client.issue("outline", OBJECTS)
    assert str(caught.value).startswith(f"Scaleway IAM: '{client.name('outline')}' is longer")
    assert [method for method, _, _ in calls(session)] == ["GET"]


def test_without_an_organisation_there_is_no_iam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCW_DEFAULT_ORGANIZATION_ID")
    with pytest.raises(ValueError, match="ORGANIZATION") as caught:
        Iam("test")

    assert str(caught.value) == ("Scaleway: SCW_DEFAULT_ORGANIZATION_ID is missing; set it, see .env.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCW_DEFAULT_ORGANIZATION_ID", ""),
        ("SCW_DEFAULT_ORGANIZATION_ID", "canary"),
        ("SCW_DEFAULT_ZONE", "canary"),
        ("SCW_API_URL", "canary"),
        ("SCW_API_URL", f"{API}/"),
    ],
)
def test_a_malformed_variable_is_named_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The SDK says the value, and not where it is from."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="Scaleway") as caught:
        Iam("test")

    assert str(caught.value) == (
        f"Scaleway: missing or malformed: {name}; set them in .env, see .env.example"
    )


# Of what is done with a key once it is made.


def issued(store: DotenvStore, client: Iam) -> list[str]:
    return list(secrets.issue(NEEDED, store, lambda: client))


def test_keys_are_stored_whole_and_a_second_run_asks_nobody(
    store: DotenvStore, iam: tuple[Iam, Session]
) -> None:
    said = issued(store, iam[0])
    keys = {name: store.read(name) or {} for name in ("traefik", "loki")}

    assert said == [
        f"{name}: key {keys[name]['S3_ACCESS_KEY']} issued to 'guildhall test {name}'"
        for name in ("traefik", "loki")
    ]
    for values in keys.values():
        assert values.keys() == {"S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_PRINCIPAL"}
        assert values["S3_PRINCIPAL"].startswith("application_id:")
        assert values["S3_SECRET_KEY"] != values["S3_ACCESS_KEY"]

    def nobody() -> Iam:
        raise AssertionError

    assert list(secrets.issue(NEEDED, store, nobody)) == []


def test_without_an_account_a_person_may_bring_the_keys(store: DotenvStore) -> None:
    def closed() -> Iam:
        raise ValueError("no account")

    with pytest.raises(ValueError, match="no account") as caught:
        list(secrets.issue(NEEDED, store, closed))
    assert str(caught.value) == (
        "no account; or bring by guildhall secrets set what another provider made: "
        "traefik/S3_ACCESS_KEY, loki/S3_ACCESS_KEY"
    )


def test_whose_a_key_is_that_a_person_brought_is_stored_beside_it(
    store: DotenvStore, iam: tuple[Iam, Session]
) -> None:
    mine = iam[0].issue("mine", OBJECTS)
    values = {"ACCESS_KEY": mine.access, "SECRET_KEY": mine.secret.reveal()}
    store.write("s3", values)
    store.write("traefik", {f"S3_{name}": value for name, value in values.items()})
    said = issued(store, iam[0])

    assert said[:2] == [
        f"s3/PRINCIPAL: the key {mine.access} is one of {mine.principal}",
        f"traefik/S3_PRINCIPAL: the key {mine.access} is one of {mine.principal}",
    ]
    assert (store.read("s3") or {}) == {**values, "PRINCIPAL": mine.principal}
    assert (store.read("traefik") or {})["S3_PRINCIPAL"] == mine.principal


@pytest.mark.parametrize(
    ("bundle", "prefix", "typed"), [("s3", "", "set s3 PRINCIPAL"), ("loki", "S3_", "renew loki")]
)
def test_a_stored_key_that_nobody_knows_is_named(
    store: DotenvStore, iam: tuple[Iam, Session], bundle: str, prefix: str, typed: str
) -> None:
    store.write(bundle, {f"{prefix}ACCESS_KEY": "OTHER", f"{prefix}SECRET_KEY": "x"})
    with pytest.raises(ValueError, match="has no key OTHER") as caught:
        issued(store, iam[0])

    assert str(caught.value) == (
        f"Scaleway IAM has no key OTHER, which {bundle} has: it is deleted, or of another provider; "
        f"type guildhall secrets {typed}"
    )


@pytest.mark.parametrize("deleted", [True, False])
def test_a_key_that_cannot_be_stored_is_deleted_again(
    monkeypatch: pytest.MonkeyPatch, store: DotenvStore, iam: tuple[Iam, Session], deleted: bool
) -> None:
    def full(*_: object, **__: object) -> None:
        raise ValueError("the store is full")

    monkeypatch.setattr(store, "write", full)
    if not deleted:
        monkeypatch.setattr(iam[0], "delete", full)
    with pytest.raises(ValueError, match="the store is full") as caught:
        issued(store, iam[0])

    assert str(caught.value) == "the store is full; " + (
        "the key that was made for it is deleted again"
        if deleted
        else "the key that was made for it is left over: the store is full"
    )
    assert len(iam[0].keys("traefik")) == (0 if deleted else 1)


def test_a_renewed_key_is_stored_and_the_old_one_is_good_until_it_is_retired(
    store: DotenvStore, iam: tuple[Iam, Session]
) -> None:
    client, _ = iam
    issued(store, client)
    old = (store.read("traefik") or {})["S3_ACCESS_KEY"]
    said = list(secrets.renew(NEEDED, store, client, "traefik"))
    new = (store.read("traefik") or {})["S3_ACCESS_KEY"]

    assert said == [
        f"traefik: key {new} issued to 'guildhall test traefik'",
        f"traefik: its application has other keys, {old}; deploy, then type guildhall secrets retire traefik",
        "traefik: the old keys are good until you type guildhall secrets retire traefik; deploy first",
    ]
    assert list(secrets.retire(NEEDED, store, client, "traefik")) == [f"traefik: key {old} deleted"]
    assert client.keys("traefik") == [new]


def test_keys_are_retired_only_beside_one_that_is_stored(
    store: DotenvStore, iam: tuple[Iam, Session]
) -> None:
    client, _ = iam
    made = client.issue("traefik", OBJECTS)
    with pytest.raises(ValueError, match="the stored key is none") as caught:
        list(secrets.retire(NEEDED, store, client, "traefik"))

    assert str(caught.value) == (
        "traefik: the stored key is none of its application's; type guildhall secrets renew traefik"
    )
    assert client.keys("traefik") == [made.access]


def test_only_apps_with_a_key_of_their_own_have_one_to_renew(
    store: DotenvStore, iam: tuple[Iam, Session]
) -> None:
    with pytest.raises(ValueError, match="has no key that the provider issued") as caught:
        list(secrets.renew(NEEDED, store, iam[0], "s3"))

    assert str(caught.value) == "s3 has no key that the provider issued; those of traefik, loki may have"
    assert json.dumps(iam[1].asked, default=str) == "[]"
