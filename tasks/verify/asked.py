"""What a host is asked over its connection: how it is inside, and who reaches what from there."""

import json
from collections.abc import Sequence

from paramiko import SSHException
from pyinfra.api import Host, StringCommand
from pyinfra.connectors.util import CommandOutput

from catalogue import views
from catalogue.model import App, Site
from catalogue.model import Host as SiteHost
from onhost import answer
from tasks import look, program, run
from tasks.host import READ, refusal
from tasks.privileges import privileges
from tasks.run import Finding
from tasks.verify.inside import by_kind, heard, inside
from tasks.verify.reach import Judge
from tasks.verify.scan import plan, told
from tasks.verify.watching import watching


def within(host: Host, apps: Sequence[App], here: Sequence[App], wait_seconds: int) -> list[Finding]:
    """One exec for what the server knows of itself, and one for the rest; `here` are its apps."""
    site = run.current().site
    targets, records = look.targets(apps, site, host.name), views.dns_records(apps, site)
    watch = watched(host, apps, site, wait_seconds)
    try:
        known = _identity(host)
        done, output = _run(host, look.inside(apps, site, host.name, wait_seconds, watch))
    except (OSError, SSHException) as error:
        return [broken(host.name, str(error))]
    this, lines = site_host(host), output.stdout_lines
    declared, private = views.public_ports(apps, this), views.private_ports(apps, this)
    run.current().notes[host.name].listening.update(heard(lines))
    return [
        known,
        *inside(host.name, here, targets, records, lines, declared, private),
        *watching(host.name, watch, by_kind(lines)),
        *([] if done else [broken(host.name, output.stderr)]),
    ]


def watched(host: Host, apps: Sequence[App], site: Site, wait_seconds: int) -> look.Watch:
    """A line takes seconds until it is where logs are kept: who waits for nothing does not look for one."""
    line = bool(wait_seconds and not host.data.app)
    return look.watch(apps, site, host.name, line=line, test=bool(host.data.try_alerts))


def _run(host: Host, command: str) -> tuple[bool, CommandOutput]:
    done, output = host.run_shell_command(StringCommand(command), **privileges(host))
    return done, output


def _identity(host: Host) -> Finding:
    """The server is the one that its name says."""
    done, output = _run(host, READ)
    if not done:
        return broken(host.name, output.stderr)
    found, environment = output.stdout, host.data.environment
    wrong = refusal(found, host.name, environment)
    good = (
        f"{host.name} of {environment}"
        if found.strip()
        else "it has no name yet: the next deploy gives it one"
    )
    return Finding(host=host.name, check="host", subject="identity", passed=not wrong, detail=wrong or good)


def reach(host: Host, apps: Sequence[App]) -> list[Finding]:
    """One exec for all that the host and its containers try; who is open to whom is noted."""
    site, notes = run.current().site, run.current().notes
    this = site_host(host)
    known = {each.name: notes[each.name].listening for each in site.hosts}
    sent = f"{program.packed()}\n{json.dumps(plan(this, apps, site, known))}\n"
    try:
        done, output = host.run_shell_command(look.SCAN, _stdin=sent, **privileges(host))
        said = told(answer.read(output.stdout_lines))
    except (OSError, SSHException) as error:
        return [broken(host.name, str(error), "reach", "ports")]
    except ValueError as error:
        return [broken(host.name, output.output if not done else str(error), "reach", "ports")]
    judge = Judge(host=this, apps=apps, site=site, told=said, listening=known)
    notes[host.name].open.extend(judge.open())
    return judge.rows()


def site_host(host: Host) -> SiteHost:
    (this,) = (each for each in run.current().site.hosts if each.name == host.name)
    return this


def broken(host: str, reason: str, check: str = "host", subject: str = "ssh") -> Finding:
    return Finding(host=host, check=check, subject=subject, passed=False, detail=reason)
