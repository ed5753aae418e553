"""Proves from outside and from inside that hosts do what the catalogue says, and says so in one table."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Final

from pyinfra import context, logger
from pyinfra.api import FunctionCommand, Host, State, deploy, operation
from pyinfra.api.host import HostData

from catalogue import views
from catalogue.model import App
from tasks import run
from tasks.look import WAIT_SECONDS
from tasks.run import Finding
from tasks.verify.agents import agents
from tasks.verify.asked import broken, reach, site_host, within
from tasks.verify.browser import TIMEOUT_SECONDS, Browser, reachable
from tasks.verify.logins import accepted
from tasks.verify.outside import routes
from tasks.verify.tables import concerns, opened, table
from tasks.verify.waiting import told
from tasks.verify.zones import names_in_zones

AT_ONCE_SECONDS: Final = 2
"""How long one answer may take where nothing is waited for."""


@deploy("Verify")
def verify(apps: Sequence[App]) -> None:
    """Looks at every host, prints one table, and fails each host that has a failure in it."""
    names = {app.name for app in apps}
    here = [app for app in run.current().apps if app.name in names]
    looked(name="verify: from outside and inside", apps=here)
    proved(name="verify: who reaches what", apps=here)


def only_away() -> bool:
    """Whether nothing is wrong, after a run, but that servers cannot be reached."""
    if not context.ctx_state.isset():  # type: ignore[no-untyped-call]
        return False
    failed, notes = context.state.failed_hosts, run.current().notes
    wrong = any(not row.passed for each in notes.values() for row in each.findings)
    return bool(failed) and not wrong and not any(notes[host.name].over for host in failed)


@operation(is_idempotent=False)
def looked(apps: Sequence[App]) -> Generator[FunctionCommand]:
    """Before a host tries the ports of others, these have said what listens there."""

    def look(state: State, host: Host) -> bool:
        found = run.current().notes[host.name].findings
        with told(lambda line: logger.info("%s%s", host.print_prefix, line)) as waits:
            found.extend(_looked(host, apps, waits))
        return True  # the next operation fails the host, when all is known

    yield FunctionCommand(look, (), {})


@operation(is_idempotent=False)
def proved(apps: Sequence[App]) -> Generator[FunctionCommand]:
    """The host that is done last prints the table."""

    def prove(state: State, host: Host) -> bool:
        notes = run.current().notes
        mine = notes[host.name]
        mine.findings.extend(() if host.data.app else reach(host, apps))
        mine.over.append("reach")
        if all(notes[each.name].over for each in state.active_hosts):
            if host.data.show_ports:
                shown = opened(row for each in state.active_hosts for row in notes[each.name].open)
                logger.info("\n%s\n", shown)
            logger.info("\n%s\n", table(_everything(state)))
        return all(finding.passed for finding in mine.findings)

    yield FunctionCommand(prove, (), {})


def _looked(host: Host, apps: Sequence[App], waits: Callable[[str], None]) -> Iterator[Finding]:
    """All that is looked at of a host, or of the one app that the run is about."""
    chosen = [app for app in apps if app.name in run.current().chosen]
    for browser in _browsers(host, waits):
        yield from _outside(host, apps, chosen, browser)
    if not host.data.app:
        yield from names_in_zones(site_host(host), apps, run.current().site)
    yield from _logins(host, apps, chosen, waits)
    waits("for what it knows of its programs and their metrics")
    rows = within(host, apps, _here(host, apps), _wait_seconds(host))
    yield from (row for row in rows if not host.data.app or concerns(row, host.data.app))
    if not host.data.app:
        yield from agents(host, _here(host, apps), _wait_seconds(host), waits)


def _wait_seconds(host: Host) -> int:
    return 0 if host.data.at_once else WAIT_SECONDS


def _everything(state: State) -> list[Finding]:
    """By host, in inventory order: Prometheus knows of other hosts too."""
    names = [host.name for host in (state.inventory if state.limit_hosts is None else state.limit_hosts)]
    notes = run.current().notes
    down = [broken(name, "cannot be reached") for name in names if not notes[name].over]
    rows = [*down, *(row for name in names for row in notes[name].findings)]
    return sorted(rows, key=lambda row: [*names, row.host].index(row.host))


def _outside(host: Host, apps: Sequence[App], chosen: Iterable[App], browser: Browser) -> Iterator[Finding]:
    if browser.family and not reachable(_addresses(host)[browser.family]):
        yield Finding(
            host=host.name,
            check="https",
            subject=f"by {browser.family}",
            passed=True,
            detail=f"not looked at: this machine has no {browser.family}",
        )
        return
    site = run.current().site
    yield from routes(host.name, _here(host, chosen), site, views.identity_provider(apps, site), browser)


def _logins(
    host: Host, apps: Sequence[App], chosen: Iterable[App], waits: Callable[[str], None]
) -> Iterator[Finding]:
    """Asks the identity provider, which mostly runs on another host, about the apps of this one."""
    site = run.current().site
    address = views.identity_provider_address(apps, site)
    (name,) = (each.name for each in site.hosts if each.private_ip == address)
    browser = _browser(host, host.state.inventory.get_host(name).data, waits)
    yield from accepted(host.name, _here(host, chosen), site, views.identity_provider(apps, site), browser)


def _browsers(host: Host, waits: Callable[[str], None]) -> list[Browser]:
    """One, or one a family where the host has addresses of both."""
    both = not host.data.https_address and host.data.public_ipv6
    return [_browser(host, host.data, waits, family) for family in (_addresses(host) if both else ("",))]


def _browser(host: Host, data: HostData, waits: Callable[[str], None], family: str = "") -> Browser:
    """`data` is of the host that is asked, and `host` the one that it is asked for."""
    return Browser(
        address=data.https_address,
        ca_bundle=data.ca_bundle,
        deadline=time.monotonic() + _wait_seconds(host),
        timeout_seconds=AT_ONCE_SECONDS if host.data.at_once else TIMEOUT_SECONDS,
        heard=lambda said: waits(f"for {said}"),
        family=family,
    )


def _addresses(host: Host) -> dict[str, str]:
    return {"IPv4": host.data.public_ip, "IPv6": host.data.public_ipv6}


def _here(host: Host, apps: Iterable[App]) -> list[App]:
    return [app for app in apps if app.group == "all" or app.group in host.groups]
