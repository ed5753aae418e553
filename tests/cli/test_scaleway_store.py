"""Bundles in Scaleway Secret Manager: written, read again, looked up once, never lost."""

import base64
import json
import threading
import zlib

import pytest
from scaleway.secret.v1beta1 import SecretType

from catalogue.model import Rule, Secret
from tasks.secrets import ScalewayStore, resolve
from tests.support.secret_manager import CANARY, PROJECT, asked, failure, fault, fresh


def other_writer(store: ScalewayStore, name: str, text: str, kind: SecretType = SecretType.KEY_VALUE) -> None:
    """A secret as another program makes it: without a checksum."""
    secret = store._api.create_secret(name=name, path=store.path, type_=kind, protected=False)
    store._api.create_secret_version(secret_id=secret.id, data=base64.b64encode(text.encode()).decode())


def test_what_is_written_is_read_again(api: str, store: ScalewayStore) -> None:
    values = {"PASSWORD": "a'b\"c\\d\n$HOME `x` é ☃", "EMPTY": ""}

    store.write("smtp", values)

    assert values == fresh().read("smtp")


def test_a_bundle_that_does_not_exist_is_none(store: ScalewayStore) -> None:
    assert store.read("nothing") is None


def test_an_empty_project_or_region_says_which_it_is(store: ScalewayStore) -> None:
    """There the provider answers 404 for everything, as for a secret that nobody made yet."""
    needed = {"wiki": (Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),)}

    with pytest.raises(ValueError, match="holds none of 1 secrets") as caught:
        resolve(needed, store)

    assert f"either SCW_DEFAULT_REGION=fr-par and SCW_DEFAULT_PROJECT_ID={PROJECT} name" in str(caught.value)


def test_environments_do_not_see_each_other(filled: ScalewayStore) -> None:
    assert fresh("production").read("outline") is None
    assert fresh("production").names() == []


def test_names_lists_every_bundle(filled: ScalewayStore) -> None:
    filled.write("authentik", {"SECRET_KEY": "x"})

    assert filled.names() == ["authentik", "outline"]


def test_writing_adds_keys_and_keeps_the_values_that_are_there(filled: ScalewayStore) -> None:
    filled.write("outline", {"SECRET_KEY": "other", "UTILS_SECRET": "new"})

    assert filled.read("outline") == {"SECRET_KEY": CANARY, "UTILS_SECRET": "new"}


def test_a_value_is_replaced_only_where_that_is_said(filled: ScalewayStore) -> None:
    filled.write("outline", {"SECRET_KEY": "other"}, replace=True)

    assert filled.read("outline") == {"SECRET_KEY": "other"}


def test_writing_what_is_there_makes_no_new_version(api: str, filled: ScalewayStore) -> None:
    before = asked(api)

    filled.write("outline", {"SECRET_KEY": "other"})

    assert not [call for call in asked(api) - before if call.startswith("POST")]


def test_a_bundle_is_asked_for_once_however_many_hosts_need_it(api: str, filled: ScalewayStore) -> None:
    fault(api, "stall", seconds=0.1)
    before = asked(api).total()
    patient = ScalewayStore("test", timeout=20)
    readers = [threading.Thread(target=patient.read, args=("outline",)) for _ in range(5)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert asked(api).total() - before == 1


def test_versions_carry_a_checksum_of_the_decoded_content(filled: ScalewayStore) -> None:
    answer = filled._api.access_secret_version(secret_id=filled._ids()["outline"], revision="latest")

    assert answer.data_crc32 == zlib.crc32(base64.b64decode(answer.data))


def test_values_that_terraform_wrote_as_numbers_become_text(api: str, store: ScalewayStore) -> None:
    other_writer(store, "smtp", json.dumps({"PORT": 587, "TLS": True}))

    assert store.read("smtp") == {"PORT": "587", "TLS": "true"}


def test_a_secret_that_holds_no_names_is_refused_without_showing_it(store: ScalewayStore) -> None:
    other_writer(store, "outline", CANARY, SecretType.OPAQUE)

    assert "store it as a key_value secret" in failure(store)
