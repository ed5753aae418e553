"""IAM of the Scaleway API stand-in, asked by the official SDK: as strict as the real one."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from scaleway import ScalewayException
from scaleway.iam.v1alpha1 import Application, RuleSpecs

from lab.cloud import scaleway_iam
from lab.cloud.scaleway_iam import POOL
from tasks.clients import IamApi, client
from tests.support import secret_manager
from tests.support.secret_manager import PROJECT

OTHER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def iam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IamApi]:
    with secret_manager.running(tmp_path, monkeypatch):
        yield IamApi(client(), 5)


@pytest.fixture
def made(iam: IamApi) -> Application:
    return iam.create_application(name="wiki", description="", tags=["a"])


def refused(call: Callable[[], object]) -> tuple[int | None, dict[str, Any]]:
    with pytest.raises(ScalewayException) as caught:
        call()
    return caught.value.status_code, caught.value.response.json()


def test_a_secret_key_is_shown_when_it_is_made_and_never_again(iam: IamApi, made: Application) -> None:
    key = iam.create_api_key(application_id=made.id, description="")

    assert (key.access_key, key.secret_key) == POOL[0]
    assert iam.get_api_key(access_key=key.access_key).secret_key is None
    assert [each.secret_key for each in iam.list_api_keys_all(bearer_id=made.id)] == [None]
    assert iam.get_api_key(access_key=key.access_key).application_id == made.id


def test_a_deleted_key_is_gone_and_never_given_again(iam: IamApi, made: Application) -> None:
    key = iam.create_api_key(application_id=made.id, description="")
    iam.delete_api_key(access_key=key.access_key)

    assert refused(lambda: iam.get_api_key(access_key=key.access_key))[0] == 404
    assert iam.create_api_key(application_id=made.id, description="").access_key == POOL[1][0]


def test_an_application_takes_its_keys_along(iam: IamApi, made: Application) -> None:
    iam.create_api_key(application_id=made.id, description="")
    assert iam.list_applications().applications[0].nb_api_keys == 1
    iam.delete_application(application_id=made.id)

    assert iam.list_api_keys_all() == []


def test_lists_come_in_pages_and_filter_by_part_of_a_name(iam: IamApi) -> None:
    for number in range(23):
        iam.create_application(name=f"app {number}", description="")

    assert len(iam.list_applications().applications) == 20
    assert len(iam.list_applications_all()) == 23
    assert {each.name for each in iam.list_applications_all(name="app 2")} == {
        "app 2",
        "app 20",
        "app 21",
        "app 22",
    }


def test_names_descriptions_and_tags_have_limits(iam: IamApi) -> None:
    limits: tuple[dict[str, Any], ...] = (
        {"name": "x" * 65},
        {"description": "x" * 201},
        {"tags": ["x"] * 11},
    )
    for given in limits:
        whole = {"name": "x", "description": "", **given}
        status, said = refused(partial(iam.create_application, **whole))
        assert (status, [each["argument_name"] for each in said["details"]]) == (400, [*given])


def test_a_policy_is_of_known_permissions_in_the_project_for_an_application_that_is_there(
    iam: IamApi, made: Application
) -> None:
    def create(names: list[str], project: str = PROJECT, application: str = made.id) -> object:
        rule = RuleSpecs(condition="", permission_set_names=names, project_ids=[project])
        return iam.create_policy(name="p", description="", application_id=application, rules=[rule])

    assert refused(lambda: create(["ObjectStorageAll"]))[0] == 400
    assert refused(lambda: create([]))[0] == 400
    assert refused(lambda: create(["ObjectStorageObjectsRead"], project=OTHER))[0] == 400
    assert refused(lambda: create(["ObjectStorageObjectsRead"], application=OTHER))[0] == 404
    assert iam.list_policies_all() == []
    create(["ObjectStorageObjectsRead"])
    assert [each.nb_permission_sets for each in iam.list_policies_all(application_ids=[made.id])] == [1]
    assert iam.list_policies_all(application_ids=[OTHER]) == []


def test_another_organisation_is_none_of_ours(iam: IamApi) -> None:
    assert refused(lambda: iam.list_applications(organization_id=OTHER))[0] == 403
    assert refused(lambda: iam.create_application(name="x", description="", organization_id=OTHER))[0] == 403


def test_the_pool_is_a_quota(iam: IamApi, made: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaleway_iam, "POOL", POOL[:3])
    for _ in range(3):
        iam.create_api_key(application_id=made.id, description="")

    status, said = refused(lambda: iam.create_api_key(application_id=made.id, description=""))
    assert (status, said["type"], said["details"][0]["resource"]) == (403, "quotas_exceeded", "iam_api_keys")
