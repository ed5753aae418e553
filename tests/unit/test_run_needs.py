"""What a run needs before any host is contacted: the secrets of its own apps, the digests of the lock."""

from collections.abc import Mapping
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tasks import inventory, run
from tasks.secrets import Sensitive
from tests.support.site import HOSTS, app, secrets_of

NAMES = [each.name for each in fields(Site) if each.name not in ("hosts", "image_digests")]
EVERYTHING = {each.name for each in APPS}
TOOLS: Any = SimpleNamespace(name="tools-prod", data=SimpleNamespace(app=""))


def wanted(*names: str) -> set[str]:
    return set(run._wanted(APPS, set(names)))


def test_a_run_needs_the_secrets_of_its_own_apps_alone() -> None:
    assert wanted("grafana", "redis") == {"grafana", "redis", "databases"}
    assert wanted(*EVERYTHING) == {*EVERYTHING, "databases", "buckets"}


def test_databases_and_buckets_need_their_keys_only_where_an_app_of_the_run_has_one() -> None:
    for each in APPS:
        made = {"databases"} if each.database else set()
        made |= {"buckets"} if each.bucket else set()

        assert wanted(each.name) == {each.name, *made}
    assert wanted("redis") == {"redis"}


def test_a_run_is_about_one_app_or_about_all() -> None:
    one: Any = SimpleNamespace(data=SimpleNamespace(app="outline"))
    none: Any = SimpleNamespace(data=SimpleNamespace(app="blog"))

    assert run._chosen(APPS, [TOOLS]) == EVERYTHING
    assert run._chosen(APPS, [one]) == {"outline"}
    with pytest.raises(ValueError, match="--data app=blog: the catalogue has no such app; it has "):
        run._chosen(APPS, [none])
    with pytest.raises(ValueError, match="no host matches --limit"):
        run._chosen(APPS, [])


def test_a_run_is_not_about_an_app_that_the_lab_cannot_try() -> None:
    one: Any = SimpleNamespace(data=SimpleNamespace(app="outline"))

    with pytest.raises(ValueError, match="--data app=outline: it is not tried in this lab"):
        run._chosen(APPS, [one], {"outline"})


def test_a_run_leaves_out_what_the_lab_cannot_try_as_if_it_were_retired(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = {"wait_for_dependencies_seconds": 1, "wait_for_dependencies_at_first_seconds": 1}
    host: Any = SimpleNamespace(name="tools-prod", data=SimpleNamespace(app="", **waits))
    values = {each.name: {k: Sensitive(v) for k, v in secrets_of(each).items()} for each in APPS}
    for where, name, answer in (
        *((run, "_prepared", []), (run.servers, "site", lambda *_: site)),
        *((run.settings, "untried", lambda *_: {"outline"}), (run.secrets, "resolve", lambda *_: values)),
        *((run.secrets, "open_store", lambda _: None), (run.checkout, "commit", lambda: "")),
        (run.checkout, "operator", lambda: ""),
    ):
        monkeypatch.setattr(where, name, answer)

    made = run.prepare(host, [host])

    here = {app.name for app in APPS if app.group in ("all", "tools")} - {"outline"}
    assert {release.app.name for release in made.releases["tools-prod"]} == here
    assert {app.name for app in views.present(made.apps)} == EVERYTHING - {"outline"}


def test_hosts_that_a_run_leaves_out_are_not_looked_at(site: Site) -> None:
    assert run._known(site, [TOOLS]) == [HOSTS[0]]


def test_a_retired_app_has_no_release(site: Site) -> None:
    retired = replace(app("outline"), present=False)

    assert run._releases(APPS, [TOOLS], [(HOSTS[0], retired)], site, {}) == {"tools-prod": ()}


def test_the_digests_of_the_lock_are_those_of_the_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Mapping[str, str]] = []

    def described(_: object, digests: Mapping[str, str]) -> None:
        asked.append(digests)
        raise ValueError("far enough")

    values = {name: getattr(site, name) for name in NAMES}
    monkeypatch.setattr(run.images, "read", lambda: {"redis:1": "sha256:1"})
    monkeypatch.setattr(run.servers, "site", described)

    with pytest.raises(ValueError, match="far enough"):
        run.prepare(None, [TOOLS])  # type: ignore[arg-type]
    assert asked == [{"redis:1": "sha256:1"}]
    assert inventory.described(values, HOSTS, asked[0]).image_digests == asked[0]
