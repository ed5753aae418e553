"""What apps need of the secret store: found together, reported together, made or brought by one command."""

import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from catalogue.model import Rule, Secret
from tasks import secrets
from tasks.secrets import DotenvStore, Sensitive

NEEDED = {
    "wiki": (
        Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),
        Secret(name="SMTP_PASSWORD", rule=Rule(kind="given", size=8), bundle="smtp", key="PASSWORD"),
    ),
    "gateway": (
        Secret(name="WIKI_KEY", rule=Rule(kind="hex", size=32), bundle="wiki", key="SECRET_KEY"),
        Secret(name="TOKEN", rule=Rule(kind="password", size=30)),
    ),
}
GOOD = {"wiki": {"SECRET_KEY": "ab" * 32}, "smtp": {"PASSWORD": "canary-3f"}, "gateway": {"TOKEN": "t" * 30}}

PAIRS = (Rule(kind="keypair", size=2048), Rule(kind="keypair"))


@pytest.fixture
def store(tmp_path: Path) -> DotenvStore:
    return DotenvStore(tmp_path / ".secrets.lab.env")


def fill(store: DotenvStore, bundles: Mapping[str, Mapping[str, str]]) -> DotenvStore:
    for bundle, values in bundles.items():
        store.write(bundle, values)
    return store


def test_each_app_gets_its_secrets_by_variable(store: DotenvStore) -> None:
    fill(store, GOOD)

    found = secrets.resolve(NEEDED, store)

    assert found == {
        "wiki": {"SECRET_KEY": Sensitive("ab" * 32), "SMTP_PASSWORD": Sensitive("canary-3f")},
        "gateway": {"WIKI_KEY": Sensitive("ab" * 32), "TOKEN": Sensitive("t" * 30)},
    }


def test_everything_wrong_is_said_at_once_with_the_command_that_mends_it(store: DotenvStore) -> None:
    fill(store, {"gateway": {"TOKEN": "canary"}})

    with pytest.raises(ValueError, match="problems") as caught:
        secrets.resolve(NEEDED, store)

    tool = "guildhall secrets"
    assert str(caught.value).splitlines() == [
        ".secrets.lab.env: 4 problems with secrets",
        f"  wiki: SECRET_KEY (wiki/SECRET_KEY) is missing; type {tool} generate",
        f"  wiki: SMTP_PASSWORD (smtp/PASSWORD) is missing; type {tool} set smtp PASSWORD",
        f"  gateway: WIKI_KEY (wiki/SECRET_KEY) is missing; type {tool} generate",
        "  gateway: TOKEN (gateway/TOKEN) must have at least 30 characters; "
        f"type {tool} set gateway TOKEN --replace",
    ]


def test_a_store_that_holds_nothing_says_that_it_may_be_another_one(store: DotenvStore) -> None:
    """Else forty secrets would be called missing, each with the command that makes it in the wrong place."""
    said = (
        f".secrets.lab.env holds none of 3 secrets: either {store.file} is another file than you mean, "
        "or it is new; then type guildhall secrets generate"
    )

    with pytest.raises(ValueError, match="holds none") as caught:
        secrets.resolve(NEEDED, store)

    assert str(caught.value) == said
    assert secrets.checked(NEEDED, store)[0][0] == said


def test_an_app_without_secrets_gets_none(store: DotenvStore) -> None:
    assert secrets.resolve({"plain": ()}, store) == {"plain": {}}
    assert secrets.resolve({}, store) == {}


def test_it_makes_what_has_a_rule_and_leaves_the_rest_to_a_person(store: DotenvStore) -> None:
    made = secrets.generate(NEEDED, store)

    assert made == [("wiki", "SECRET_KEY"), ("gateway", "TOKEN")]
    assert store.read("smtp") is None


def test_it_never_changes_what_is_there(store: DotenvStore) -> None:
    fill(store, {"gateway": {"TOKEN": "too short"}})

    secrets.generate(NEEDED, store)
    before = store.file.read_text()

    assert secrets.generate(NEEDED, store) == []
    assert store.file.read_text() == before
    assert store.read("gateway") == {"TOKEN": "too short"}


@given(kind=st.sampled_from(["hex", "password"]), size=st.integers(min_value=24, max_value=99))
def test_what_is_made_satisfies_its_rule_and_is_safe_everywhere(kind: str, size: int) -> None:
    rule = Rule(kind=kind, size=size)  # type: ignore[arg-type]
    value = secrets.made(rule)

    assert rule.problem(value) is None
    assert set(value) <= set(string.ascii_letters + string.digits)
    assert value != secrets.made(rule)


@pytest.mark.parametrize("rule", [Rule(kind="base64", size=32), Rule(kind="uuid"), *PAIRS], ids=str)
def test_what_programs_ask_for_by_name_is_made_and_kept_as_they_read_it(
    rule: Rule, store: DotenvStore
) -> None:
    needed = {"wiki": (Secret(name="KEY", rule=rule),)}

    secrets.generate(needed, store)

    (value,) = (store.read("wiki") or {}).values()
    assert secrets.resolve(needed, store) == {"wiki": {"KEY": Sensitive(value)}}
    assert value != secrets.made(rule)


@pytest.mark.parametrize("rule", PAIRS, ids=str)
def test_the_public_half_follows_from_the_private_key_and_is_stored_nowhere(
    rule: Rule, store: DotenvStore
) -> None:
    needed = {"wiki": (Secret(name="KEY", rule=rule, public="PUBLIC_KEY"),)}
    secrets.generate(needed, store)

    found = {name: value.reveal() for name, value in secrets.resolve(needed, store)["wiki"].items()}

    private = load_pem_private_key(found["KEY"].encode(), None)
    assert load_pem_public_key(found["PUBLIC_KEY"].encode()) == private.public_key()
    assert store.read("wiki") == {"KEY": found["KEY"]}


OTHER = {
    "a smaller one": secrets.made(Rule(kind="keypair", size=2048)),
    "of another kind": secrets.made(Rule(kind="keypair")),
    "no key": "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n",  # pragma: allowlist secret
    "with a passphrase": Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase"))
    .decode(),
    "in another writing": "канарейка",
}


@pytest.mark.parametrize("value", OTHER.values(), ids=OTHER.keys())
def test_a_key_that_the_program_could_not_use_is_refused_without_showing_it(
    value: str, store: DotenvStore
) -> None:
    needed = {"wiki": (Secret(name="KEY", rule=Rule(kind="keypair", size=4096)),)}

    with pytest.raises(ValueError, match="private key") as refusal:
        secrets.put(needed, store, ("wiki", "KEY"), value, replace=False)

    assert not any(line in str(refusal.value) for line in value.splitlines() if line)
