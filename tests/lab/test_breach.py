"""An intruder in every container tries all that it can think of; what the records do not say stays closed."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from lab import layout
from tests.lab.breach import expected, orders
from tests.lab.breach.expected import Asker, Target, why
from tests.lab.breach.holdings import TRIES, digest
from tests.lab.conftest import FirstRuns
from tests.lab.managed import stored
from tests.lab.running import Lab

pytestmark = pytest.mark.edge

HOSTS = [host.name for host in layout.HOSTS]
BUCKETS = {f"guildhall-lab-{app.name}": app.name for app in views.present(APPS) if app.bucket}
ROLES = {views.role(app): app.name for app in views.present(APPS) if app.database}


@dataclass(frozen=True)
class Breach:
    """What the intruder found, and said of it."""

    site: Site
    found: dict[str, Any]
    cells: dict[Asker, dict[Target, str]]
    said: dict[Asker, Any]
    """Of each container: `holdings` and `ways`."""


@pytest.fixture(scope="module")
def breach(lab: Lab, site: FirstRuns, tmp_path_factory: pytest.TempPathFactory) -> Breach:
    """One look at each host, then one exec there for all of its containers."""
    made = tried(lab, HOSTS)
    file = Path(os.environ.get("MATRIX") or tmp_path_factory.mktemp("breach") / "matrix.txt")
    file.write_text(matrix(made))
    return made


def tried(lab: Lab, hosts: list[str]) -> Breach:
    known = orders.lab_site()
    found = orders.at_once(HOSTS, lambda host: orders.on(lab, host, "look"))
    asked = {host: expected.targets(host, found, known) for host in hosts}
    told = orders.at_once(hosts, lambda host: intruded(lab, host, asked[host], found[host]))
    cells, said = {}, {}
    for host in hosts:
        for asker in expected.askers(host, found[host]):
            answers = told[host][asker.container]
            cells[asker] = dict(zip(asked[host], answers["reached"], strict=True))
            said[asker] = answers
    return Breach(known, found, cells, said)


def intruded(lab: Lab, host: str, targets: list[Target], found: Any) -> Any:
    order = {
        "targets": [(each.address, each.port, each.protocol) for each in targets],
        "ways": orders.WAYS,
        "holdings": {
            "buckets": list(BUCKETS),
            "roles": list(ROLES),
            "s3": layout.S3_ENDPOINT,
            "region": layout.REGION,
            "postgres": layout.POSTGRES_HOST,
        },
    }
    names = [each.container for each in expected.askers(host, found) if each.service]
    return orders.on(lab, host, "intrude", orders.program(order), names, expected.BEHIND, expected.PORT)


def matrix(breach: Breach) -> str:
    """For each asker, how many cells are open and closed, and each that is open with its reason."""
    lines = []
    for asker, answers in sorted(breach.cells.items()):
        counted = Counter("open" if each == "open" else "closed" for each in answers.values())
        lines.append(f"{asker}: {counted['closed']} closed, {counted['open']} open")
        for target, answer in sorted(answers.items()):
            if answer == "open":
                lines.append(f"    {target}  ({why(asker, target, breach.site) or 'NO RECORD SAYS SO'})")
    whole = Counter(
        "open" if each == "open" else "closed" for cells in breach.cells.values() for each in cells.values()
    )
    unsaid = sum(line.endswith("(NO RECORD SAYS SO)") for line in lines)
    lines.append(f"{sum(whole.values())} cells tried, {whole['open']} open, {unsaid} that no record explains")
    return "\n".join([*lines, ""])


def containers(breach: Breach) -> Iterable[tuple[Asker, Any]]:
    return ((asker, breach.said[asker]) for asker in breach.cells if asker.service)


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
        if asker.service and target.kind == "metadata" and target.protocol == "tcp"
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
            wrong += [f"{asker} {what}"] if answer == "open" and not mine else []

    assert wrong == []
    assert own == set(ROLES.values())
    assert all(
        len(said["holdings"]["databases"]) in (0, len(ROLES) + 2 + len(TRIES))
        for _, said in containers(breach)
    )


def test_the_environment_of_a_container_holds_no_secret_but_its_records(breach: Breach) -> None:
    every = {
        (secret.bundle or app, secret.key or secret.name)
        for app, secrets in views.all_secrets(APPS).items()
        for secret in secrets
    }
    values = {
        digest(value): (bundle, key)
        for bundle in {name for name, _ in every}
        for key, value in stored(bundle).items()
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
