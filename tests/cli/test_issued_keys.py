"""Keys of buckets, asked of Scaleway's IAM: one for each app, whatever fails on the way, and never shown."""

import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scaleway.iam.v1alpha1 import RuleSpecs

from catalogue import views
from cli import secrets as command
from cli.main import run
from lab.cloud import scaleway_iam
from lab.cloud.scaleway_iam import POOL
from tasks import secrets
from tasks.clients import IamApi, client
from tasks.secrets import DotenvStore, Iam
from tasks.secrets import store as secret_store
from tests.support.secret_manager import PROJECT, asked, fault
from tests.support.site import app

NEEDED = views.all_secrets((replace(app("outline"), mail=False), app("loki")))
SECRET_KEYS = [secret_key for _, secret_key in POOL]
MAKE = "POST /iam/v1alpha1/api-keys"


@pytest.fixture
def keeping(tmp_path: Path) -> DotenvStore:
    return DotenvStore(tmp_path / ".secrets.production.env")


@pytest.fixture
def iam(api: str) -> Iam:
    return Iam("test", timeout=5)


@pytest.fixture
def direct(api: str) -> IamApi:
    """What the provider's console would show and do."""
    return IamApi(client(), 5)


@pytest.fixture(autouse=True)
def unseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of this file shows a secret key, at any level of any log."""
    caplog.set_level(logging.DEBUG)
    yield
    assert [each for each in SECRET_KEYS if each in caplog.text] == []


def issued(keeping: DotenvStore, iam: Iam) -> list[str]:
    return list(secrets.issue(NEEDED, keeping, lambda: iam))


def failure(keeping: DotenvStore, iam: Iam) -> str:
    """What a run that fails says: one line, in whose traceback no secret key stands."""
    with pytest.raises(ValueError, match="Scaleway IAM") as caught:
        issued(keeping, iam)
    shown = "".join(traceback.format_exception(caught.value))
    assert not [each for each in SECRET_KEYS if each in shown]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def keys(direct: IamApi) -> list[str]:
    return [each.access_key for each in direct.list_api_keys_all()]


def applications(direct: IamApi) -> list[str]:
    return [each.name for each in direct.list_applications_all(name="guildhall")]


def test_each_app_gets_an_application_a_policy_and_a_key_that_are_stored_whole(
    keeping: DotenvStore, iam: Iam, direct: IamApi
) -> None:
    said = issued(keeping, iam)

    assert applications(direct) == ["guildhall test outline", "guildhall test loki"]
    for name, (access_key, secret_key) in zip(("outline", "loki"), POOL, strict=False):
        assert f"{name}: key {access_key} issued to 'guildhall test {name}'" in said
        made = direct.get_api_key(access_key=access_key)
        assert made.default_project_id == PROJECT
        assert keeping.read(name) == {
            "S3_ACCESS_KEY": access_key,
            "S3_SECRET_KEY": secret_key,
            "S3_PRINCIPAL": f"application_id:{made.application_id}",
        }


def test_a_second_run_asks_for_nothing(api: str, keeping: DotenvStore, iam: Iam) -> None:
    issued(keeping, iam)
    before = asked(api)

    assert issued(keeping, iam) == []
    assert asked(api) == before


def test_a_policy_has_what_files_need_in_the_project_and_no_more(
    monkeypatch: pytest.MonkeyPatch, keeping: DotenvStore, iam: Iam
) -> None:
    made: list[Any] = []
    create = iam._api.create_policy

    def noted(**given: Any) -> Any:
        made.append(given["rules"])
        return create(**given)

    monkeypatch.setattr(iam._api, "create_policy", noted)

    issued(keeping, iam)

    sets = ["ObjectStorageObjectsDelete", "ObjectStorageObjectsRead", "ObjectStorageObjectsWrite"]
    rules = [RuleSpecs(condition="", permission_set_names=sets, project_ids=[PROJECT])]
    assert made == [rules, rules]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": 403}, "allows IAMApplicationManager and IAMPolicyManager"),
        ({"status": 403, "type": "quotas_exceeded"}, "the project's quota is used up"),
        ({"status": 401, "type": "expired"}, "the API key has expired; make another"),
        ({"status": 500}, "HTTP 500; try again later"),
        ({"kind": "drop"}, "check the network and SCW_API_URL"),
        ({"kind": "html"}, "HTTP 502; try again later"),
    ],
)
@pytest.mark.parametrize("step", ["applications", "policies", "api-keys"])
def test_what_fails_on_the_way_is_said_and_done_once_by_the_next_run(
    api: str, keeping: DotenvStore, iam: Iam, direct: IamApi, step: str, given: dict[str, Any], said: str
) -> None:
    fault(api, **{"kind": "status", **given}, on=f"POST /iam/v1alpha1/{step}")

    assert said in failure(keeping, iam)
    assert keeping.read("outline") is None
    assert keys(direct) == []
    issued(keeping, iam)
    assert len(applications(direct)) == len(direct.list_policies_all()) == len(keys(direct)) == 2


@pytest.mark.parametrize("step", ["applications", "policies", "api-keys"])
def test_what_was_made_while_the_answer_was_lost_is_neither_made_twice_nor_left_over(
    api: str, keeping: DotenvStore, iam: Iam, direct: IamApi, step: str
) -> None:
    fault(api, "lost", on=f"POST /iam/v1alpha1/{step}")

    assert "check the network and SCW_API_URL" in failure(keeping, iam)
    assert keys(direct) == []
    issued(keeping, iam)
    assert len(applications(direct)) == len(direct.list_policies_all()) == len(keys(direct)) == 2


def test_a_key_that_is_made_after_all_is_told_by_the_next_run_and_retired(
    api: str, keeping: DotenvStore, iam: Iam, direct: IamApi
) -> None:
    fault(api, "lost", on=MAKE)
    hasty = Iam("test", timeout=5)
    hasty._cleared = lambda *_: ""  # type: ignore[method-assign]
    failure(keeping, hasty)
    [late] = keys(direct)

    said = issued(keeping, iam)

    assert (
        f"outline: its application has other keys, {late}; deploy, then type guildhall secrets retire outline"
        in said
    )
    assert list(secrets.retire(NEEDED, keeping, iam, "outline")) == [f"outline: key {late} deleted"]
    assert late not in keys(direct)


def test_a_key_that_cannot_be_stored_is_deleted_again(
    monkeypatch: pytest.MonkeyPatch, keeping: DotenvStore, iam: Iam, direct: IamApi
) -> None:
    def full(*_: object, **__: object) -> None:
        raise ValueError("the store is full")

    monkeypatch.setattr(keeping, "write", full)
    with pytest.raises(
        ValueError, match=r"^the store is full; the key that was made for it is deleted again$"
    ):
        issued(keeping, iam)
    assert keys(direct) == []

    monkeypatch.setattr(iam, "delete", full)
    with pytest.raises(
        ValueError, match=r"^the store is full; the key that was made for it is left over: the store"
    ):
        issued(keeping, iam)


def test_the_end_of_the_quota_is_said_and_what_was_issued_before_it_stays(
    monkeypatch: pytest.MonkeyPatch, keeping: DotenvStore, iam: Iam
) -> None:
    monkeypatch.setattr(scaleway_iam, "POOL", POOL[:1])

    assert "make the key of loki: the project's quota is used up (iam_api_keys)" in failure(keeping, iam)
    assert (keeping.read("outline") or {}).keys() == {"S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_PRINCIPAL"}


def test_whose_a_key_is_that_a_person_brought_is_looked_up(
    keeping: DotenvStore, iam: Iam, direct: IamApi
) -> None:
    mine = direct.create_application(name="by hand", description="")
    for bundle, prefix in (("s3", ""), ("outline", "S3_")):
        key = direct.create_api_key(application_id=mine.id, description="")
        keeping.write(
            bundle, {f"{prefix}ACCESS_KEY": key.access_key, f"{prefix}SECRET_KEY": str(key.secret_key)}
        )

    issued(keeping, iam)

    assert (keeping.read("s3") or {})["PRINCIPAL"] == f"application_id:{mine.id}"
    assert (keeping.read("outline") or {})["S3_PRINCIPAL"] == f"application_id:{mine.id}"
    assert applications(direct) == ["guildhall test loki"]


def test_a_key_of_a_persons_own_is_a_users(iam: Iam, monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(application_id=None, user_id="1ab00000-0000-4000-8000-000000000009")
    monkeypatch.setattr(iam._api, "get_api_key", lambda **_: found)

    assert iam.principal("SCWXXXXXXXXXXXXXXXXX") == f"user_id:{found.user_id}"


@pytest.mark.parametrize(
    ("bundle", "prefix", "command_"), [("s3", "", "set s3 PRINCIPAL"), ("loki", "S3_", "renew loki")]
)
def test_a_stored_key_that_iam_does_not_know_is_named_and_not_replaced(
    keeping: DotenvStore, iam: Iam, bundle: str, prefix: str, command_: str
) -> None:
    other = {f"{prefix}ACCESS_KEY": "OTHERPROVIDERS00001", f"{prefix}SECRET_KEY": "x" * 20}
    keeping.write(bundle, other)

    said = failure(keeping, iam)

    assert "has no key OTHERPROVIDERS00001, which " in said
    assert said.endswith(f"type guildhall secrets {command_}")
    assert keeping.read(bundle) == other


def test_an_application_is_found_among_many_of_like_names_and_other_projects(
    keeping: DotenvStore, iam: Iam, direct: IamApi
) -> None:
    for number in range(101):
        direct.create_application(name=f"guildhall test outline {number}", description="", tags=[PROJECT])
    direct.create_application(name="guildhall test outline", description="", tags=["another project"])
    own = direct.create_application(name="guildhall test outline", description="", tags=[PROJECT])

    issued(keeping, iam)

    assert (keeping.read("outline") or {})["S3_PRINCIPAL"] == f"application_id:{own.id}"


def test_two_applications_of_one_name_are_told_and_none_is_chosen(
    keeping: DotenvStore, iam: Iam, direct: IamApi
) -> None:
    for _ in range(2):
        direct.create_application(name="guildhall test outline", description="", tags=[PROJECT])

    assert "are both called 'guildhall test outline'; delete the one without use" in failure(keeping, iam)
    assert keys(direct) == []


def test_without_an_account_a_person_may_bring_the_keys(
    keeping: DotenvStore, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCW_DEFAULT_ORGANIZATION_ID")

    with pytest.raises(
        ValueError,
        match=r"^Scaleway: SCW_DEFAULT_ORGANIZATION_ID is missing.*guildhall secrets set .*: "
        r"outline/S3_ACCESS_KEY, loki/S3_ACCESS_KEY$",
    ):
        list(secrets.issue(NEEDED, keeping, lambda: Iam("test")))


@pytest.mark.usefixtures("api")
def test_a_name_that_iam_does_not_take_is_said_before_anything_is_made() -> None:
    with pytest.raises(ValueError, match="is longer than 64 characters; rename the app"):
        Iam("x" * 60).issue("outline", ["ObjectStorageObjectsRead"])


@pytest.fixture
def typed(keeping: DotenvStore, api: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DotenvStore:
    """What an operator types is about this store."""
    monkeypatch.setattr(secret_store, "ROOT", tmp_path)
    monkeypatch.setattr(command, "NEEDED", NEEDED)
    monkeypatch.setenv("GUILDHALL_ENV", "production")
    monkeypatch.setenv("GUILDHALL_SECRETS", "dotenv")
    return keeping


def test_an_operator_generates_renews_and_retires(
    typed: DotenvStore, direct: IamApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["secrets", "generate"]) == 0
    old = (typed.read("outline") or {})["S3_ACCESS_KEY"]
    assert run(["secrets", "renew", "outline"]) == 0
    new = (typed.read("outline") or {})["S3_ACCESS_KEY"]
    assert {old, new} <= set(keys(direct))
    assert run(["secrets", "retire", "outline"]) == 0

    assert old not in keys(direct)
    assert new in keys(direct)
    shown = capsys.readouterr().out
    assert (
        "outline: the old keys are good until you type guildhall secrets retire outline; deploy first\n"
        in shown
    )
    assert not [each for each in SECRET_KEYS if each in shown]


def test_only_apps_with_keys_of_their_own_are_renewed_and_only_what_is_stored_is_kept(
    typed: DotenvStore, direct: IamApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["secrets", "renew", "s3"]) == 1
    assert run(["secrets", "retire", "outline"]) == 1
    assert run(["secrets", "generate"]) == 0
    typed.write("outline", {"S3_ACCESS_KEY": "ANOTHERKEY0000000001"}, replace=True)
    before = keys(direct)
    assert run(["secrets", "retire", "outline"]) == 1

    assert keys(direct) == before
    assert capsys.readouterr().err.splitlines() == [
        "s3 has no key that the provider issued; those of outline, loki may have",
        "outline: the stored key is none of its application's; type guildhall secrets renew outline",
        "outline: the stored key is none of its application's; type guildhall secrets renew outline",
    ]
