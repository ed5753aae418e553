"""The Scaleway API stand-in, asked by the official SDK over a loopback port."""

import base64
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from scaleway import Client, ScalewayException
from scaleway.secret.v1beta1 import Secret, SecretType, SecretV1Beta1API

from lab.cloud.scaleway_api import Cloud, serve

KEY = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
VALUE = "correct horse battery staple"


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


@pytest.fixture
def server(state: Path) -> Iterator[HTTPServer]:
    server = serve(Cloud(state, KEY, PROJECT, "fr-par"), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def url(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def sdk(server: HTTPServer, **changes: str) -> SecretV1Beta1API:
    known: dict[str, Any] = {
        "access_key": "SCWXXXXXXXXXXXXXXXXX",
        "secret_key": KEY,
        "default_project_id": PROJECT,
        "default_region": "fr-par",
        "api_url": url(server),
    }
    return SecretV1Beta1API(Client(**known | changes))


@pytest.fixture
def api(server: HTTPServer) -> SecretV1Beta1API:
    return sdk(server)


@pytest.fixture
def secret(api: SecretV1Beta1API) -> Secret:
    secret = api.create_secret(name="outline-secret-key", path="/guildhall", protected=False)
    api.create_secret_version(secret_id=secret.id, data=encoded(VALUE), data_crc32=zlib.crc32(VALUE.encode()))
    return secret


def read(api: SecretV1Beta1API, revision: str = "latest_enabled", name: str = "outline-secret-key") -> str:
    where = {"secret_path": "/guildhall", "secret_name": name}
    answer = api.access_secret_version_by_path(revision=revision, **where)
    return base64.b64decode(answer.data).decode()


def error(caught: pytest.ExceptionInfo[ScalewayException]) -> dict[str, Any]:
    body: dict[str, Any] = caught.value.response.json()
    return body | {"status": caught.value.status_code}


def fault(server: HTTPServer, **kind: Any) -> None:
    requests.post(f"{url(server)}/_lab/fault", json=kind, timeout=5).raise_for_status()


def test_a_stored_value_is_read_back_by_path(api: SecretV1Beta1API, secret: Secret) -> None:
    assert read(api) == VALUE


def test_the_checksum_is_that_of_the_decoded_data(api: SecretV1Beta1API, secret: Secret) -> None:
    answer = api.access_secret_version(secret_id=secret.id, revision="1")
    assert answer.data_crc32 == zlib.crc32(VALUE.encode())


def test_no_checksum_comes_back_when_none_was_sent(api: SecretV1Beta1API, secret: Secret) -> None:
    api.create_secret_version(secret_id=secret.id, data=encoded("x"))
    assert not api.access_secret_version(secret_id=secret.id, revision="latest").data_crc32


def test_a_wrong_checksum_is_refused(api: SecretV1Beta1API, secret: Secret) -> None:
    with pytest.raises(ScalewayException) as caught:
        api.create_secret_version(secret_id=secret.id, data=encoded("x"), data_crc32=1)
    assert error(caught)["details"][0]["argument_name"] == "data_crc32"


def test_latest_enabled_passes_over_a_disabled_version(api: SecretV1Beta1API, secret: Secret) -> None:
    api.create_secret_version(secret_id=secret.id, data=encoded("second"))
    api.disable_secret_version(secret_id=secret.id, revision="2")
    assert read(api) == VALUE
    with pytest.raises(ScalewayException) as caught:
        read(api, "latest")
    assert error(caught)["type"] == "precondition_failed"


def test_disable_previous_leaves_one_enabled_version(api: SecretV1Beta1API, secret: Secret) -> None:
    api.create_secret_version(secret_id=secret.id, data=encoded("second"), disable_previous=True)
    versions = api.list_secret_versions_all(secret_id=secret.id)
    assert [(v.revision, str(v.status), v.latest) for v in versions] == [
        (1, "disabled", False),
        (2, "enabled", True),
    ]


def test_a_wrong_token_is_denied(server: HTTPServer) -> None:
    with pytest.raises(ScalewayException) as caught:
        read(sdk(server, secret_key=PROJECT))
    assert (error(caught)["status"], error(caught)["type"]) == (401, "denied_authentication")


def test_another_project_lacks_permissions(server: HTTPServer, secret: Secret) -> None:
    with pytest.raises(ScalewayException) as caught:
        read(sdk(server, default_project_id=KEY))
    assert error(caught)["status"] == 403
    assert error(caught)["details"] == [{"action": "read", "resource": "secret"}]


def test_another_region_does_not_exist(server: HTTPServer, secret: Secret) -> None:
    with pytest.raises(ScalewayException) as caught:
        read(sdk(server, default_region="nl-ams"))
    assert error(caught)["status"] == 404


def test_a_missing_secret_is_named(api: SecretV1Beta1API) -> None:
    with pytest.raises(ScalewayException) as caught:
        read(api, name="nobody")
    found = error(caught)
    assert (found["status"], found["type"], found["resource"], found["resource_id"]) == (
        404,
        "not_found",
        "secret",
        "nobody",
    )


def test_a_secret_without_versions_has_no_data(api: SecretV1Beta1API) -> None:
    api.create_secret(name="empty", path="/guildhall", protected=False)
    with pytest.raises(ScalewayException) as caught:
        read(api, name="empty")
    assert error(caught)["resource"] == "secret_version"


def test_a_name_is_used_once_in_a_path(api: SecretV1Beta1API, secret: Secret) -> None:
    with pytest.raises(ScalewayException) as caught:
        api.create_secret(name=secret.name, path="/guildhall/", protected=False)
    assert error(caught)["details"][0]["help_message"] == "cannot have same secret name in same path"
    api.create_secret(name=secret.name, path="/elsewhere", protected=False)


@pytest.mark.parametrize(
    ("name", "path"), [("with/slash", "/"), ("", "/"), ("x" * 256, "/"), ("ok", "no-slash"), ("ok", "/a//b")]
)
def test_names_and_paths_follow_the_rules(api: SecretV1Beta1API, name: str, path: str) -> None:
    with pytest.raises(ScalewayException) as caught:
        api.create_secret(name=name, path=path, protected=False)
    assert error(caught)["type"] == "invalid_arguments"


@pytest.mark.parametrize("value", ['{"nested": {"a": 1}}', "[]", "text", '{"list": []}'])
def test_a_key_value_secret_is_a_flat_json_object(api: SecretV1Beta1API, value: str) -> None:
    secret = api.create_secret(name="kv", protected=False, type_=SecretType.KEY_VALUE)
    api.create_secret_version(secret_id=secret.id, data=encoded('{"user": "a", "port": 5432, "tls": true}'))
    with pytest.raises(ScalewayException):
        api.create_secret_version(secret_id=secret.id, data=encoded(value))


@pytest.mark.parametrize("data", ["not base64!", "", encoded("x" * (64 * 1024 + 1))])
def test_data_is_base64_of_at_most_64_kib(api: SecretV1Beta1API, secret: Secret, data: str) -> None:
    with pytest.raises(ScalewayException) as caught:
        api.create_secret_version(secret_id=secret.id, data=data)
    assert error(caught)["details"][0]["argument_name"] == "data"


@pytest.mark.parametrize("page_size", [None, 7, 100])
def test_every_page_of_a_list_is_read(api: SecretV1Beta1API, page_size: int | None) -> None:
    for number in range(23):
        api.create_secret(name=f"secret-{number}", path="/guildhall", protected=False)
    found = api.list_secrets_all(scheduled_for_deletion=False, path="/guildhall", page_size=page_size)
    assert len({secret.id for secret in found}) == 23


def test_a_list_filters_by_exact_path(api: SecretV1Beta1API, secret: Secret) -> None:
    api.create_secret(name="other", path="/guildhall/deeper", protected=False)
    found = api.list_secrets(scheduled_for_deletion=False, path="/guildhall")
    assert [item.name for item in found.secrets] == [secret.name]
    assert (found.total_count, found.secrets[0].version_count) == (1, 1)


def test_a_deleted_secret_is_gone_and_a_protected_one_stays(api: SecretV1Beta1API, secret: Secret) -> None:
    api.delete_secret(secret_id=secret.id)
    with pytest.raises(ScalewayException):
        api.get_secret(secret_id=secret.id)
    kept = api.create_secret(name="kept", protected=True)
    with pytest.raises(ScalewayException):
        api.delete_secret(secret_id=kept.id)


def test_state_survives_a_restart_in_a_private_file(state: Path, secret: Secret) -> None:
    assert state.stat().st_mode & 0o777 == 0o600
    client = Cloud(state, KEY, PROJECT, "fr-par").web().test_client()
    path = f"/secret-manager/v1beta1/regions/fr-par/secrets/{secret.id}/versions/1/access"
    assert client.get(path, headers={"X-Auth-Token": KEY}).get_json()["data"] == encoded(VALUE)


def test_a_hundred_callers_at_once_need_not_knock_twice(state: Path) -> None:
    server = serve(Cloud(state, KEY, PROJECT, "fr-par"), "127.0.0.1", 0)  # which takes none of them yet
    with closing(server.socket), ExitStack() as calls:
        for _ in range(100):
            calls.enter_context(socket.create_connection(("127.0.0.1", server.server_port), timeout=0.5))


def test_neither_lists_nor_logs_hold_values(
    server: HTTPServer, api: SecretV1Beta1API, secret: Secret, capfd: pytest.CaptureFixture[str]
) -> None:
    base = f"{url(server)}/secret-manager/v1beta1/regions/fr-par/secrets"
    for path in ("", f"/{secret.id}", f"/{secret.id}/versions", f"/{secret.id}/versions/1"):
        text = requests.get(base + path, headers={"X-Auth-Token": KEY}, timeout=5).text
        assert encoded(VALUE) not in text
    read(api)
    out = "".join(capfd.readouterr())
    assert KEY not in out
    assert encoded(VALUE) not in out


def test_a_status_fault_is_served_as_often_as_asked(
    server: HTTPServer, api: SecretV1Beta1API, secret: Secret
) -> None:
    fault(server, kind="status", status=429, count=2)
    for _ in range(2):
        with pytest.raises(ScalewayException) as caught:
            read(api)
        assert caught.value.status_code == 429
    assert read(api) == VALUE


def test_an_html_fault_breaks_the_sdk_as_a_proxy_would(
    server: HTTPServer, api: SecretV1Beta1API, secret: Secret
) -> None:
    fault(server, kind="html")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        read(api)


def test_a_drop_fault_closes_the_connection(
    server: HTTPServer, api: SecretV1Beta1API, secret: Secret
) -> None:
    fault(server, kind="drop")
    with pytest.raises(requests.exceptions.ConnectionError):
        read(api)


def test_a_crc_fault_corrupts_only_the_checksum(
    server: HTTPServer, api: SecretV1Beta1API, secret: Secret
) -> None:
    fault(server, kind="crc")
    answer = api.access_secret_version(secret_id=secret.id, revision="1")
    assert base64.b64decode(answer.data).decode() == VALUE
    assert answer.data_crc32 != zlib.crc32(VALUE.encode())


def test_a_stall_fault_delays_the_answer(server: HTTPServer, secret: Secret) -> None:
    fault(server, kind="stall", seconds=1)
    path = f"{url(server)}/secret-manager/v1beta1/regions/fr-par/secrets"
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(path, headers={"X-Auth-Token": KEY}, timeout=0.2)


def test_requests_are_counted_by_route(server: HTTPServer, api: SecretV1Beta1API, secret: Secret) -> None:
    requests.delete(f"{url(server)}/_lab/requests", timeout=5)
    read(api)
    counted = json.loads(requests.get(f"{url(server)}/_lab/requests", timeout=5).text)
    path = "/secret-manager/v1beta1/regions/fr-par/secrets-by-path/versions/latest_enabled/access"
    assert counted == {"total": 1, "requests": {f"GET {path}": 1}}
