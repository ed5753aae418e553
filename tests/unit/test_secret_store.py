"""Secrets survive being kept, and never show, whichever store keeps them and however it fails."""

import base64
import json
import logging
import os
import threading
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from scaleway.secret.v1beta1 import SecretType

from lab.cloud.scaleway_api import Cloud, serve
from tasks import scaleway_transport, secret_store
from tasks.dotenv_store import DotenvStore, write_private
from tasks.scaleway_store import ScalewayStore
from tasks.settings import Settings

KEY = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
CANARY = "canary-b7e1-value"
VARIABLES = {
    "SCW_ACCESS_KEY": "SCWXXXXXXXXXXXXXXXXX",
    "SCW_SECRET_KEY": KEY,
    "SCW_DEFAULT_PROJECT_ID": PROJECT,
    "SCW_DEFAULT_REGION": "fr-par",
}


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Scaleway API that is empty, with the variables that lead to it."""
    server: ThreadingHTTPServer = serve(
        Cloud(tmp_path / "state.json", KEY, PROJECT, "fr-par"), "127.0.0.1", 0
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name, value in {**VARIABLES, "SCW_API_URL": url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(scaleway_transport.RETRY, "backoff_factor", 0.01)
    yield url
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def store(api: str) -> ScalewayStore:
    return fresh()


def fresh() -> ScalewayStore:
    """A store that has read nothing yet."""
    return ScalewayStore("test", timeout=0.2)


@pytest.fixture
def filled(store: ScalewayStore) -> ScalewayStore:
    store.write("outline", {"SECRET_KEY": CANARY})
    return store


def fault(api: str, kind: str, **more: Any) -> None:
    requests.post(f"{api}/_lab/fault", json={"kind": kind, **more}, timeout=5).raise_for_status()


def asked(api: str) -> Counter[str]:
    return Counter(requests.get(f"{api}/_lab/requests", timeout=5).json()["requests"])


def failure(store: ScalewayStore) -> str:
    """What a failed read says: one line, with neither token nor value anywhere in its traceback."""
    with pytest.raises(
        ValueError, match="Scaleway Secret Manager /guildhall/test: cannot read outline: "
    ) as caught:
        store.read("outline")
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown
    assert KEY not in shown
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestScaleway:
    def test_what_is_written_is_read_again(self, api: str, store: ScalewayStore) -> None:
        values = {"PASSWORD": "a'b\"c\\d\n$HOME `x` é ☃", "EMPTY": ""}

        store.write("smtp", values)

        assert values == ScalewayStore("test").read("smtp")

    def test_a_bundle_that_does_not_exist_is_none(self, store: ScalewayStore) -> None:
        assert store.read("nothing") is None

    def test_environments_do_not_see_each_other(self, filled: ScalewayStore) -> None:
        assert ScalewayStore("production").read("outline") is None
        assert ScalewayStore("production").names() == []

    def test_names_lists_every_bundle(self, filled: ScalewayStore) -> None:
        filled.write("authentik", {"SECRET_KEY": "x"})

        assert filled.names() == ["authentik", "outline"]

    def test_writing_adds_keys_and_keeps_the_values_that_are_there(self, filled: ScalewayStore) -> None:
        filled.write("outline", {"SECRET_KEY": "other", "UTILS_SECRET": "new"})

        assert filled.read("outline") == {"SECRET_KEY": CANARY, "UTILS_SECRET": "new"}

    def test_a_value_is_replaced_only_where_that_is_said(self, filled: ScalewayStore) -> None:
        filled.write("outline", {"SECRET_KEY": "other"}, replace=True)

        assert filled.read("outline") == {"SECRET_KEY": "other"}

    def test_writing_what_is_there_makes_no_new_version(self, api: str, filled: ScalewayStore) -> None:
        before = asked(api)

        filled.write("outline", {"SECRET_KEY": "other"})

        assert not [call for call in asked(api) - before if call.startswith("POST")]

    def test_a_bundle_is_asked_for_once_however_many_hosts_need_it(
        self, api: str, filled: ScalewayStore
    ) -> None:
        fault(api, "stall", seconds=0.1)
        before = asked(api).total()
        readers = [threading.Thread(target=filled.read, args=("outline",)) for _ in range(5)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

        assert asked(api).total() - before == 1

    def test_versions_carry_a_checksum_of_the_decoded_content(self, filled: ScalewayStore) -> None:
        answer = filled._api.access_secret_version(secret_id=filled._ids()["outline"], revision="latest")

        assert answer.data_crc32 == zlib.crc32(base64.b64decode(answer.data))

    def test_values_that_terraform_wrote_as_numbers_become_text(self, api: str, store: ScalewayStore) -> None:
        other_writer(store, "smtp", json.dumps({"PORT": 587, "TLS": True}))

        assert store.read("smtp") == {"PORT": "587", "TLS": "true"}

    def test_a_secret_that_holds_no_names_is_refused_without_showing_it(self, store: ScalewayStore) -> None:
        other_writer(store, "outline", CANARY, SecretType.OPAQUE)

        assert "store it as a key_value secret" in failure(store)


def other_writer(store: ScalewayStore, name: str, text: str, kind: SecretType = SecretType.KEY_VALUE) -> None:
    """A secret as another program makes it: without a checksum."""
    secret = store._api.create_secret(name=name, path=store.path, type_=kind, protected=False)
    store._api.create_secret_version(secret_id=secret.id, data=base64.b64encode(text.encode()).decode())


class TestScalewayFailing:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_passing_failure_is_tried_again(self, api: str, filled: ScalewayStore, status: int) -> None:
        fault(api, "status", status=status)

        assert fresh().read("outline") == {"SECRET_KEY": CANARY}

    @pytest.mark.parametrize("kind", ["html", "drop"])
    def test_an_error_page_or_a_dropped_connection_is_tried_again(
        self, api: str, filled: ScalewayStore, kind: str
    ) -> None:
        fault(api, kind)

        assert fresh().read("outline") == {"SECRET_KEY": CANARY}

    def test_one_stalled_answer_is_tried_again(self, api: str, filled: ScalewayStore) -> None:
        fault(api, "stall", seconds=1)

        assert fresh().read("outline") == {"SECRET_KEY": CANARY}

    def test_a_hanging_api_is_given_up(self, api: str, filled: ScalewayStore) -> None:
        fault(api, "stall", seconds=1, count=9)
        start = time.monotonic()

        assert "check the network and SCW_API_URL" in failure(fresh())
        assert time.monotonic() - start < 5

    @pytest.mark.parametrize(
        ("kind", "status", "said"),
        [
            ("status", 500, "HTTP 500; try again later"),
            ("status", 429, "too many requests; wait a minute"),
            ("status", 418, "HTTP 418: the lab was asked to fail"),
            ("html", 502, "HTTP 502; try again later"),
            ("drop", 0, "check the network and SCW_API_URL"),
        ],
    )
    def test_a_lasting_failure_says_what_it_is(
        self, api: str, filled: ScalewayStore, kind: str, status: int, said: str
    ) -> None:
        fault(api, kind, status=status, count=9)

        assert said in failure(fresh())

    def test_damaged_content_is_refused(self, api: str, filled: ScalewayStore) -> None:
        fault(api, "crc", count=9)

        assert "checksum is wrong" in failure(fresh())

    def test_an_unreachable_api_is_named(
        self, filled: ScalewayStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCW_API_URL", "http://127.0.0.1:9")

        assert "at http://127.0.0.1:9; check the network" in failure(fresh())

    @pytest.mark.parametrize("variable", ["SCW_SECRET_KEY", "SCW_DEFAULT_PROJECT_ID"])
    def test_wrong_credentials_or_project_say_which_variables_to_check(
        self, filled: ScalewayStore, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, "33333333-3333-4333-8333-333333333333")

        assert "access refused; check SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID" in failure(
            fresh()
        )

    @pytest.mark.parametrize(("kind", "status"), [("status", 500), ("drop", 0)])
    def test_a_write_survives_a_passing_failure(
        self, api: str, store: ScalewayStore, kind: str, status: int
    ) -> None:
        fault(api, kind, status=status)

        store.write("outline", {"SECRET_KEY": CANARY})

        assert store.read("outline") == {"SECRET_KEY": CANARY}

    def test_a_secret_whose_making_was_not_answered_is_found_by_the_next_try(
        self, store: ScalewayStore
    ) -> None:
        store._api.create_secret(name="outline", path=store.path, type_=SecretType.KEY_VALUE, protected=False)

        store.write("outline", {"SECRET_KEY": CANARY})

        assert store.read("outline") == {"SECRET_KEY": CANARY}

    def test_missing_and_malformed_variables_are_named_together_and_not_shown(
        self, api: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCW_SECRET_KEY", CANARY)
        monkeypatch.delenv("SCW_DEFAULT_REGION")

        with pytest.raises(
            ValueError, match="malformed: SCW_SECRET_KEY, SCW_DEFAULT_REGION; set them"
        ) as caught:
            fresh()

        assert CANARY not in "".join(traceback.format_exception(caught.value))

    def test_neither_token_nor_value_is_in_a_log_at_any_level_or_in_a_repr(
        self, api: str, filled: ScalewayStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        store = fresh()

        assert store.read("outline") == {"SECRET_KEY": CANARY}
        store.write("outline", {"OTHER": CANARY})
        fault(api, "crc", count=9)
        failure(fresh())

        shown = caplog.text + repr(store) + repr(store._api) + repr(store._api.client)
        for secret in (CANARY, KEY, base64.b64encode(CANARY.encode()).decode()[:12]):
            assert secret not in shown
        assert "/guildhall/test" in repr(store._api.client) or "127.0.0.1" in repr(store._api.client)


class TestDotenv:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / ".secrets.lab.env"

    @given(
        values=st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True), st.text(), min_size=1),
        more=st.text(),
    )
    def test_every_value_survives_being_written_and_read(
        self, tmp_path_factory: pytest.TempPathFactory, values: dict[str, str], more: str
    ) -> None:
        store = DotenvStore(tmp_path_factory.mktemp("store") / "file")

        store.write("outline", values)
        store.write("node-exporter", {"MORE": more})

        assert store.read("outline") == values
        assert store.read("node-exporter") == {"MORE": more}
        assert store.names() == ["node-exporter", "outline"]

    def test_a_value_lies_under_the_name_of_its_bundle(self, file: Path) -> None:
        DotenvStore(file).write("node-exporter", {"TOKEN": "it's"})

        assert file.read_text() == "NODE_EXPORTER__TOKEN='it\\'s'\n"

    def test_without_a_file_there_is_nothing(self, file: Path) -> None:
        assert DotenvStore(file).read("outline") is None
        assert DotenvStore(file).names() == []

    def test_comments_and_other_lines_stay_as_a_person_wrote_them(self, file: Path) -> None:
        mine = '# from the provider\nSMTP__PASSWORD="x"  # till May'
        write_private(file, mine)

        DotenvStore(file).write("outline", {"SECRET_KEY": "y"})

        assert file.read_text() == f"{mine}\nOUTLINE__SECRET_KEY='y'\n"

    def test_a_value_that_is_there_stays_unless_replacing_is_said(self, file: Path) -> None:
        store = DotenvStore(file)
        store.write("smtp", {"PASSWORD": "old"})

        store.write("smtp", {"PASSWORD": "new", "USERNAME": "me"})
        kept = store.read("smtp")
        store.write("smtp", {"PASSWORD": "new"}, replace=True)

        assert kept == {"PASSWORD": "old", "USERNAME": "me"}
        assert store.read("smtp") == {"PASSWORD": "new", "USERNAME": "me"}
        assert "old" not in file.read_text()

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
    def test_a_file_that_others_can_reach_is_refused_with_the_command_to_type(
        self, file: Path, mode: int
    ) -> None:
        write_private(file, f"SMTP__PASSWORD='{CANARY}'\n")
        file.chmod(mode)

        with pytest.raises(ValueError, match=rf"mode {mode:04o}.* type chmod 600 {file.name}") as caught:
            DotenvStore(file).read("smtp")

        assert CANARY not in str(caught.value)

    def test_the_file_is_private_from_birth_whatever_the_umask(self, file: Path) -> None:
        before = os.umask(0)
        try:
            DotenvStore(file).write("smtp", {"PASSWORD": "x"})
        finally:
            os.umask(before)

        assert file.stat().st_mode & 0o777 == 0o600
        assert [file.name] == [path.name for path in file.parent.iterdir()]

    def test_what_the_file_cannot_keep_is_refused_and_the_file_stays(self, file: Path) -> None:
        DotenvStore(file).write("smtp", {"PASSWORD": "x"})
        before = file.read_text()

        with pytest.raises(
            ValueError, match="cannot be kept in a dotenv file; nothing was written"
        ) as caught:
            DotenvStore(file).write("smtp", {"A NAME WITH SPACES": CANARY})

        assert CANARY not in str(caught.value)
        assert file.read_text() == before

    def test_a_file_in_another_encoding_is_refused(self, file: Path) -> None:
        write_private(file, "")
        file.write_bytes(b"SMTP__PASSWORD='\xff'\n")

        with pytest.raises(ValueError, match="is not UTF-8 text"):
            DotenvStore(file).read("smtp")


class TestOpening:
    @pytest.fixture(autouse=True)
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(secret_store, "ROOT", tmp_path)
        return tmp_path

    def test_the_settings_choose_the_store(self, api: str, root: Path) -> None:
        (root / ".lab").mkdir()
        (root / ".lab" / "env").touch()

        assert opened("dotenv", "lab") == ".secrets.lab.env"
        assert opened("dotenv", "production") == ".secrets.production.env"
        assert opened("scaleway", "lab") == "Scaleway Secret Manager /guildhall/lab"
        assert opened("scaleway", "production") == "Scaleway Secret Manager /guildhall/production"

    def test_a_lab_that_is_down_never_asks_the_real_cloud(self, api: str) -> None:
        with pytest.raises(ValueError, match="type python -m lab up"):
            opened("scaleway", "lab")


def opened(store: str, environment: str) -> str:
    settings = Settings(environment=environment, store=store, terraform_state=None)
    return secret_store.open_store(settings).place
