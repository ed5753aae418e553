"""Proves from outside and from inside that hosts do what the catalogue says, and says so in one table."""

import shlex
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Final

from paramiko import SSHException
from pyinfra import logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand, deploy, operation
from pyinfra.connectors.util import CommandOutput

from catalogue import views
from catalogue.model import App
from catalogue.model import Host as SiteHost
from tasks import run
from tasks.host import READ, refusal
from tasks.privileges import privileges
from tasks.run import Finding
from tasks.settings import ROOT
from tasks.verify.browser import Browser, reachable
from tasks.verify.inside import inside
from tasks.verify.logins import accepted
from tasks.verify.outside import routes
from tasks.verify.zones import names_in_zones

INSIDE: Final = ROOT / "files/verify/inside.sh"
WAIT_SECONDS: Final = 90
"""How long a fresh certificate, program or scrape target may take to be there."""
COLUMNS: Final = ("host", "check", "subject", "result", "detail")


@deploy("Verify")
def verify(apps: Sequence[App]) -> None:
    """Looks at every host, prints one table, and fails each host that has a failure in it."""
    names = {app.name for app in apps}
    here = [app for app in run.current().apps if app.name in names]
    proved(name="verify: from outside and inside", apps=here)


@operation(is_idempotent=False)
def proved(apps: Sequence[App]) -> Generator[FunctionCommand]:
    """The host that is done last prints the table."""

    def look(state: State, host: Host) -> bool:
        notes = run.current().notes
        found = notes[host.name].findings
        found.extend([*_outside(host, apps), *_logins(host, apps), *_inside(host, apps)])
        if all(notes[each.name].findings for each in state.active_hosts):
            logger.info("\n%s\n", table(_everything(state)))
        return all(finding.passed for finding in found)

    yield FunctionCommand(look, (), {})


def _everything(state: State) -> list[Finding]:
    """By host, in inventory order: Prometheus knows of other hosts too."""
    names = [host.name for host in (state.inventory if state.limit_hosts is None else state.limit_hosts)]
    notes = run.current().notes
    down = [_broken(name, "cannot be reached") for name in names if not notes[name].findings]
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
    yield from names_in_zones(_site_host(host), apps, site)


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


def _site_host(host: Host) -> SiteHost:
    (this,) = (each for each in run.current().site.hosts if each.name == host.name)
    return this


def _inside(host: Host, apps: Sequence[App]) -> list[Finding]:
    """One exec for what the server knows of itself, and one for all the rest."""
    site = run.current().site
    collector = views.collectors(apps, site).get(host.name, "")
    targets = views.scrape_targets(apps, site) if collector else ()
    records = views.dns_records(apps, site)
    variables = {
        "NAMES": " ".join(sorted({record.example for record in records})),
        "PROMETHEUS": collector,
        "TARGETS": str(len(targets)),
        "WAIT": str(WAIT_SECONDS),
    }
    exports = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    try:
        known = _identity(host)
        done, output = _run(host, exports + INSIDE.read_text())
    except (OSError, SSHException) as error:
        return [_broken(host.name, str(error))]
    declared = views.public_ports(apps, _site_host(host))
    return [
        known,
        *inside(host.name, _here(host, apps), targets, records, output.stdout_lines, declared),
        *([] if done else [_broken(host.name, output.stderr)]),
    ]


def _run(host: Host, command: str) -> tuple[bool, CommandOutput]:
    done, output = host.run_shell_command(StringCommand(command), **privileges(host))
    return done, output


def _identity(host: Host) -> Finding:
    """The server is the one that its name says."""
    done, output = _run(host, READ)
    if not done:
        return _broken(host.name, output.stderr)
    found, environment = output.stdout, host.data.environment
    wrong = refusal(found, host.name, environment)
    good = (
        f"{host.name} of {environment}"
        if found.strip()
        else "it has no name yet: the next deploy gives it one"
    )
    return Finding(host=host.name, check="host", subject="identity", passed=not wrong, detail=wrong or good)


def _here(host: Host, apps: Iterable[App]) -> list[App]:
    return [app for app in apps if app.group == "all" or app.group in host.groups]


def _broken(host: str, reason: str) -> Finding:
    return Finding(host=host, check="host", subject="ssh", passed=False, detail=reason)


def table(findings: Iterable[Finding]) -> str:
    """One row for each finding, columns aligned, failures marked."""
    rows = [
        COLUMNS,
        *(
            (each.host, each.check, each.subject, "ok" if each.passed else "FAILED", each.detail)
            for each in findings
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    return "\n".join(
        "    " + "  ".join((*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]))
        for row in rows
    )
