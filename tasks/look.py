"""What verify asks a server: how it is inside, and who reaches what from there."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalogue import views
from catalogue.model import App, Host, Site
from tasks import program
from tasks.host import READ
from tasks.settings import ROOT

INSIDE: Final = ROOT / "files/verify/inside.sh"
WAIT_SECONDS: Final = 90
"""How long a fresh certificate, program or scrape target may take to be there."""
SCAN: Final = program.command("scan", without='echo "Python is missing on this host: deploy" >&2; exit 1')
METADATA: Final = (("169.254.169.254", 80), ("169.254.42.42", 80))
"""Where providers tell a server its secrets."""


TEST: Final = json.dumps(
    [
        {
            "labels": {"alertname": "Test", "severity": "warning", "word": "@word@"},
            "annotations": {
                "summary": "A test: alerts reach you",
                "todo": "Nothing. Somebody typed guildhall verify --alerts.",
            },
        }
    ]
)
"""What people are told on trial; the word is another one each time."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What a host is asked of those who watch; each is an address, or empty."""

    logs: str = ""
    metrics: str = ""
    alerts: str = ""
    test: bool = False
    """People are told something on trial."""


def watch(apps: Sequence[App], site: Site, host: str, *, line: bool, test: bool = False) -> Watch:
    """Of a host; `line`: one is printed there, and looked for where logs are kept."""
    stores = list(views.log_stores(apps, site).values())
    return Watch(
        logs=stores[0] if stores and line else "",
        metrics=views.collectors(apps, site).get(host, ""),
        alerts=views.alert_senders(apps, site).get(host, ""),
        test=test,
    )


def questions(apps: Sequence[App], site: Site, host: str) -> dict[str, str]:
    """Each command, the same for the same catalogue, and what a key that may only read tells it.

    None of them tells people something on trial.
    """
    ways = [(0, False), (WAIT_SECONDS, False), (WAIT_SECONDS, True)]
    looks = [inside(apps, site, host, each, watch(apps, site, host, line=line)) for each, line in ways]
    return {READ: "none", **dict.fromkeys(looks, "none"), SCAN: "scan"}


def inside(apps: Sequence[App], site: Site, host: str, wait_seconds: int, watch: Watch) -> str:
    """One command for all that a server knows of itself."""
    variables = {
        "NAMES": " ".join(sorted({record.example for record in views.dns_records(apps, site)})),
        "HOST": host,
        "LOGS": watch.logs,
        "PROMETHEUS": watch.metrics,
        "ALERTS": watch.alerts,
        "TEST": TEST if watch.test else "",
        "TARGETS": str(len(targets(apps, site, host))),
        "WAIT": str(wait_seconds),
    }
    exports = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    return exports + INSIDE.read_text()


def targets(apps: Sequence[App], site: Site, host: str) -> Sequence[views.Target]:
    """What Prometheus scrapes; none on a host that does not run it."""
    return views.scrape_targets(apps, site) if views.collectors(apps, site).get(host) else ()


def tried_from(host: Host, site: Site) -> dict[str, Any]:
    """Where a host tries ports: the site's own servers and services, and the addresses of metadata."""
    return {
        "servers": [address for each in site.hosts for address in addresses(each)],
        "others": [address for each in site.hosts if each != host for address in addresses(each)],
        "services": [*views.services(site).values(), *METADATA],
    }


def addresses(host: Host) -> list[str]:
    """Those of a server, in its network and in public."""
    return sorted({host.private_ip, *host.public_addresses})
