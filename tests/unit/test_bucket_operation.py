"""The operation that makes buckets: what it notes, and when it counts as failed."""

from types import SimpleNamespace
from typing import Any

import pytest

from catalogue.model import Site
from tasks.buckets import WantedBucket, operation
from tasks.buckets.operation import private_and_versioned
from tasks.secrets import Sensitive
from tests.support.bucket_store import BucketStore
from tests.support.operations import FakeHost, commands, done, on
from tests.support.site import app

WHO = {
    name: f"application_id:1ab00000-0000-4000-8000-00000000000{number}" for number, name in enumerate("abc")
}
KEYS = {
    "S3_ACCESS_KEY": Sensitive("access"),
    "S3_SECRET_KEY": Sensitive("secret"),
    "S3_PRINCIPAL": Sensitive(WHO["a"]),
    "OUTLINE_PRINCIPAL": Sensitive(WHO["b"]),
    "NEXTCLOUD_PRINCIPAL": Sensitive(WHO["c"]),
}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    store = BucketStore()

    def connect(*given: str) -> BucketStore:
        store.told["keys"] = given
        return store

    monkeypatch.setattr(operation, "connect", connect)
    monkeypatch.setattr(operation, "BucketReader", lambda *_: store)
    monkeypatch.setattr(operation, "_ASKED", {})
    return store


def run(host: FakeHost, site: Site, problems: dict[str, str], *names: str) -> list[Any]:
    apps = [app(name) for name in names]
    return commands(private_and_versioned, apps=apps, site=site, keys=KEYS, problems=problems)


def test_what_is_missing_is_said_and_then_made_with_the_keys_of_the_store(
    site: Site, store: BucketStore
) -> None:
    host, problems = FakeHost(), {"outline": "of an earlier run"}
    with on(host):
        [command] = run(host, site, problems, "outline")

        assert store.changed == []
        assert done(command, host)

    assert problems == {}
    assert host.said[0].startswith(
        "outline: bucket guildhall-test-outline: create it, let in the app's own key "
    )
    assert store.changed[0][0] == "create_bucket"
    assert store.told["keys"] == ("access", "secret", "https://s3.example.net", "fr-par")


def test_buckets_as_they_should_be_are_no_command(site: Site, store: BucketStore) -> None:
    host, problems = FakeHost(), dict[str, str]()
    with on(host):
        [first] = run(host, site, problems, "outline")
        done(first, host)
    made = dict(store.changed)
    store.exists = True
    store.told |= {
        "acl": {},
        "policy": {"Policy": made["put_bucket_policy"]["Policy"]},
        "versioning": made["put_bucket_versioning"]["VersioningConfiguration"],
        "cors": made["put_bucket_cors"]["CORSConfiguration"],
        "lifecycle_configuration": made["put_bucket_lifecycle_configuration"]["LifecycleConfiguration"],
    }

    with on(host):
        assert run(host, site, problems, "outline") == []


def test_a_bucket_that_cannot_be_asked_is_noted_and_the_others_are_made(
    site: Site, store: BucketStore
) -> None:
    host, problems = FakeHost(), dict[str, str]()
    store.refuses["head_bucket guildhall-test-outline"] = "403"

    with on(host):
        [command] = run(host, site, problems, "outline", "nextcloud")
        [(_, wanted)] = command.args[1]

        assert wanted.name == "guildhall-test-nextcloud"
        assert not done(command, host)

    assert list(problems) == ["outline"]
    assert problems["outline"].startswith("bucket guildhall-test-outline: access refused")
    assert store.changed


def test_a_bucket_that_cannot_be_made_is_noted_and_fails_the_operation(
    site: Site, store: BucketStore
) -> None:
    host, problems = FakeHost(), dict[str, str]()
    store.refuses["create_bucket"] = "AccessDenied"

    with on(host):
        [command] = run(host, site, problems, "outline")

        assert not done(command, host)

    assert problems["outline"].startswith("bucket guildhall-test-outline: access refused")
    assert host.said[-1] == f"outline: {problems['outline']}"


def test_the_policy_lets_in_the_apps_own_key_and_the_operators(site: Site, store: BucketStore) -> None:
    host = FakeHost()
    with on(host):
        [command] = run(host, site, {}, "outline")
        done(command, host)

    policy = dict(store.changed)["put_bucket_policy"]["Policy"]
    assert {name for name, who in WHO.items() if who in policy} == {"a", "b"}


@pytest.mark.parametrize("other", ["S3_PRINCIPAL", "NEXTCLOUD_PRINCIPAL"])
def test_a_key_of_an_application_that_opens_another_bucket_is_refused(
    site: Site, store: BucketStore, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    host, problems = FakeHost(), dict[str, str]()
    monkeypatch.setitem(KEYS, "OUTLINE_PRINCIPAL", KEYS[other])
    with on(host):
        assert run(host, site, problems, "outline") == []

    assert "whose keys open other buckets too; give it one of its own" in problems["outline"]
    assert store.changed == []


def test_what_was_asked_before_is_not_asked_again_unless_it_is_old(
    site: Site, store: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, *[9.0] * 2, *[10.0] * 9])
    monkeypatch.setattr(operation, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    asked: list[str] = []

    def differences(wanted: WantedBucket, _: object) -> list[str]:
        asked.append(wanted.name)
        return []

    monkeypatch.setattr(operation, "differences", differences)

    operation.ask([app("outline")], site, KEYS)
    for times in (1, 2):
        with on(FakeHost()):
            assert run(FakeHost(), site, {}, "outline") == []
        assert asked == ["guildhall-test-outline"] * times
        next(clock)


def test_where_no_app_has_a_bucket_nothing_is_asked(site: Site, store: BucketStore) -> None:
    with on(FakeHost()):
        assert run(FakeHost(), site, {}) == []
    assert store.told == {}


def test_two_hosts_with_the_same_app_are_each_brought_there(site: Site, store: BucketStore) -> None:
    one, other = FakeHost(), FakeHost(name="management")
    problems: list[dict[str, str]] = [{}, {}]
    with on(one):
        [first] = run(one, site, problems[0], "outline", "nextcloud")
    with on(other):
        [second] = run(other, site, problems[1], "outline")
    with on(one):
        assert done(first, one)
    with on(other):
        assert done(second, other)

    assert problems == [{}, {}]
