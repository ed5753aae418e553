"""Proves from outside and from inside that hosts do what the catalogue says, and says so in one table."""

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Final

from pyinfra import logger
from pyinfra.api import FunctionCommand, Host, State, deploy, operation

from catalogue import views
from catalogue.model import App
from tasks import run
from tasks.run import Finding
from tasks.verify.asked import broken, reach, site_host, within
from tasks.verify.browser import Browser, reachable
from tasks.verify.logins import accepted
from tasks.verify.outside import routes
from tasks.verify.tables import opened, table
from tasks.verify.zones import names_in_zones

WAIT_SECONDS: Final = 90
"""How long a fresh certificate, program or scrape target may take to be there."""


@deploy("Verify")
def verify(apps: Sequence[App]) -> None:
    """Looks at every host, prints one table, and fails each host that has a failure in it."""
    names = {app.name for app in apps}
    here = [app for app in run.current().apps if app.name in names]
    looked(name="verify: from outside and inside", apps=here)
    proved(name="verify: who reaches what", apps=here)


@operation(is_idempotent=False)
def looked(apps: Sequence[App]) -> Generator[FunctionCommand]:
    """Before a host tries the ports of others, these have said what listens there."""

    def look(state: State, host: Host) -> bool:
        found = run.current().notes[host.name].findings
        found.extend(
            [
                *_outside(host, apps),
                *_logins(host, apps),
                *within(host, apps, _here(host, apps), WAIT_SECONDS),
            ]
        )
        return True  # the next operation fails the host, when all is known

    yield FunctionCommand(look, (), {})


@operation(is_idempotent=False)
def proved(apps: Sequence[App]) -> Generator[FunctionCommand]:
    """The host that is done last prints the table."""

    def prove(state: State, host: Host) -> bool:
        notes = run.current().notes
        mine = notes[host.name]
        mine.findings.extend(reach(host, apps))
        mine.over.append("reach")
        if all(notes[each.name].over for each in state.active_hosts):
            if host.data.show_ports:
                shown = opened(row for each in state.active_hosts for row in notes[each.name].open)
                logger.info("\n%s\n", shown)
            logger.info("\n%s\n", table(_everything(state)))
        return all(finding.passed for finding in mine.findings)

    yield FunctionCommand(prove, (), {})


def _everything(state: State) -> list[Finding]:
    """By host, in inventory order: Prometheus knows of other hosts too."""
    names = [host.name for host in (state.inventory if state.limit_hosts is None else state.limit_hosts)]
    notes = run.current().notes
    down = [broken(name, "cannot be reached") for name in names if not notes[name].findings]
    rows = [*down, *(row for name in names for row in notes[name].findings)]
    return sorted(rows, key=lambda row: [*names, row.host].index(row.host))


def _outside(host: Host, apps: Sequence[App]) -> Iterator[Finding]:
    site, here = run.current().site, _here(host, apps)
    for browser in _browsers(host):
        if browser.family and not reachable(_addresses(host)[browser.family]):
            yield Finding(
                host=host.name,
                check="https",
                subject=f"by {browser.family}",
                passed=True,
                detail=f"not looked at: this machine has no {browser.family}",
            )
            continue
        yield from routes(host.name, here, site, views.identity_provider(apps, site), browser)
    yield from names_in_zones(site_host(host), apps, site)


def _logins(host: Host, apps: Sequence[App]) -> Iterator[Finding]:
    """Asks the identity provider, which mostly runs on another host, about the apps of this one."""
    site = run.current().site
    address = views.identity_provider_address(apps, site)
    (name,) = (each.name for each in site.hosts if each.private_ip == address)
    data, deadline = host.state.inventory.get_host(name).data, time.monotonic() + WAIT_SECONDS
    browser = Browser(address=data.https_address, ca_bundle=data.ca_bundle, deadline=deadline)
    yield from accepted(host.name, _here(host, apps), site, views.identity_provider(apps, site), browser)


def _browsers(host: Host) -> list[Browser]:
    """One, or one a family where the host has addresses of both."""
    data, deadline = host.data, time.monotonic() + WAIT_SECONDS
    both = not data.https_address and data.public_ipv6
    return [
        Browser(address=data.https_address, ca_bundle=data.ca_bundle, deadline=deadline, family=family)
        for family in (_addresses(host) if both else ("",))
    ]


def _addresses(host: Host) -> dict[str, str]:
    return {"IPv4": host.data.public_ip, "IPv6": host.data.public_ipv6}


def _here(host: Host, apps: Iterable[App]) -> list[App]:
    return [app for app in apps if app.group == "all" or app.group in host.groups]
