"""The intruder tried everywhere in the lab, and what came of it as a matrix."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue import APPS, views
from catalogue.model import Site
from lab import layout
from tests.lab.breach import expected, orders
from tests.lab.breach.expected import Asker, Target, why
from tests.lab.running import Lab

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


def everywhere(lab: Lab, otherwise: Path) -> Breach:
    """One look at each host, then one exec there for all of its containers.

    The matrix is written to the file that the variable MATRIX names, or to another.
    """
    made = tried(lab, HOSTS)
    Path(os.environ.get("MATRIX") or otherwise).write_text(matrix(made))
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
