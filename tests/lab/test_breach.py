"""An intruder in every container tries all that it can think of; what the records do not say stays closed."""

import pytest

from catalogue import APPS, views
from tests.lab.breach.expected import PORT, why
from tests.lab.breach.holdings import EVERYBODYS, TRIES, digest
from tests.lab.breach.trial import BUCKETS, ROLES, Breach, containers
from tests.lab.managed import stored

pytestmark = pytest.mark.edge

TOLD = {(app.name, "sees what others ask") for app in APPS if app.database and app.database.statistics}
"""What the record of an app says that its role reads, beside its own data."""


def test_nothing_is_open_that_no_record_explains(breach: Breach) -> None:
    open_cells = [
        (asker, target)
        for asker, answers in breach.cells.items()
        for target, answer in answers.items()
        if answer == "open"
    ]

    assert len([asker for asker in breach.cells if asker.service]) > 30
    assert [
        f"{asker} opens {target}" for asker, target in open_cells if not why(asker, target, breach.site)
    ] == []


def test_what_the_records_say_is_open(breach: Breach) -> None:
    """Or else a site where nothing works would pass."""
    shut = [
        f"{asker} fails at {target}: {answer}"
        for asker, answers in breach.cells.items()
        for target, answer in answers.items()
        if asker.service and target.kind in ("host", "managed", "internet") and ":" not in target.address
        if target.kind != "host" or target.port in breach.found[target.host]["listens"]
        if answer != "open" and why(asker, target, breach.site)
    ]

    assert shut == []


def test_a_container_that_may_not_hears_so_at_once(breach: Breach) -> None:
    said = {
        answer
        for asker, answers in breach.cells.items()
        for target, answer in answers.items()
        if asker.service and target.kind == "metadata" and (target.port, target.protocol) == (PORT, "tcp")
        if ":" not in target.address
    }

    assert said == {"ECONNREFUSED"}


def test_the_keys_of_a_container_open_its_own_bucket_and_no_other(breach: Breach) -> None:
    opened: dict[str, set[str]] = {}
    wrong = []
    for asker, said in containers(breach):
        for ask, status in said["holdings"]["buckets"].items():
            own = BUCKETS.get(ask.rpartition(" ")[2]) == asker.app
            if status.startswith("2"):
                opened.setdefault(asker.app, set()).add(ask)
            if status != "403" and not (own and ask.startswith(("lists", "reads gu", "writes", "deletes"))):
                wrong.append(f"{asker} {ask}: {status}")

    assert wrong == []
    assert set(opened) == set(BUCKETS.values())


def test_the_passwords_of_a_container_open_its_own_database_and_nothing_else_there(breach: Breach) -> None:
    wrong, own = [], set()
    for asker, said in containers(breach):
        for what, answer in said["holdings"]["databases"].items():
            mine = what == f"connects to {asker.app.replace('-', '_')}"
            own |= {asker.app} if mine and answer == "open" else set()
            may = mine or what in {f"connects to {each}" for each in EVERYBODYS} or (asker.app, what) in TOLD
            wrong += [f"{asker} {what}"] if answer == "open" and not may else []

    assert wrong == []
    assert own == set(ROLES.values())
    tried = len(ROLES) + 2 * len(EVERYBODYS) + len(TRIES)
    assert {len(said["holdings"]["databases"]) for _, said in containers(breach)} == {0, tried}


def test_the_environment_of_a_container_holds_no_secret_but_its_records(breach: Breach) -> None:
    every = {
        (secret.bundle or app, secret.key or secret.name)
        for app, secrets in views.all_secrets(APPS).items()
        for secret in secrets
        if secret.rule.size != 1  # the name of an account is none
    }
    values = {
        digest(value): (bundle, key)
        for bundle in {name for name, _ in every}
        for key, value in stored(bundle).items()
        if (bundle, key) in every
    }
    wrong, seen = [], set()
    for asker, said in containers(breach):
        app = next(each for each in APPS if each.name == asker.app)
        own = {(secret.bundle or app.name, secret.key or secret.name) for secret in views.secrets(app, APPS)}
        held = {values[each] for each in said["holdings"]["environment"] if each in values}
        seen |= held
        wrong += [f"{asker} has {bundle}/{key}" for bundle, key in sorted(held - own)]

    assert wrong == []
    assert len(seen) > 30
