"""A whole server, from a bare Debian to its running apps."""

from collections.abc import Iterable

from pyinfra import host

from catalogue import views
from catalogue.model import App, Host, people
from tasks import look, program, run, zabbix
from tasks.buckets import buckets
from tasks.databases import ask, databases, question
from tasks.host import (
    Debian,
    asked,
    debian,
    debian_server,
    docker_engine,
    firewall,
    identified,
    readonly,
    recorded,
)
from tasks.stacks import CONTENTS, stacks


def server(group: str, apps: Iterable[App]) -> None:
    """Brings every host of a group (`all`: each one) to what the catalogue says of the given apps."""
    if group != "all" and group not in host.groups:
        return
    apps = tuple(apps)  # they are gone through twice
    compared = asked(_debian())
    program.expect(host, compared)
    if not identified():
        return
    _ask_ahead(apps)
    base()
    walled()
    readable(compared.files)
    docker_engine()
    recorded()
    programs(apps)


def base() -> None:
    """This host as a Debian server of the site."""
    debian(this=_debian())


def _debian() -> Debian:
    """What this host should be as a Debian server of the site."""
    this = run.current()
    return debian_server(
        people=people(host.data.operators, host.data.ci_keys),
        readonly_keys=host.data.readonly_keys,
        trusted=views.trusted(this.site),
        reboot=this.reboots[host.name],
        edge=views.edge(this.apps).name,
    )


def walled() -> None:
    """This host's packet filter lets through what the whole catalogue says, whatever the run is about."""
    this = run.current()
    firewall(passes=views.firewall(this.apps, this.site, _known()))


def readable(files: Iterable[str]) -> None:
    """Who has a key that may only read may ask what a plan and verify ask, whatever this run is about."""
    this = run.current()
    if not host.data.readonly_keys:
        return
    readonly(
        questions={
            program.READ: "read",
            question(): "passwords",
            CONTENTS: "files",
            **look.questions(this.apps, this.site, host.name),
            **{zabbix.question(app): "none" for app in this.apps if app.zabbix},
        },
        files=files,
        tried=look.tried_from(_known(), this.site),
    )


def _known() -> Host:
    """This host as the catalogue knows it."""
    [known] = [each for each in run.current().site.hosts if each.name == host.name]
    return known


def programs(apps: Iterable[App]) -> None:
    """Brings the given apps of this host to their records, databases and buckets included."""
    this, names = run.current(), {app.name for app in apps}
    releases = tuple(each for each in this.releases[host.name] if each.app.name in names)
    here = tuple(release.app for release in releases if release.app.name in this.chosen)
    notes = this.notes[host.name]
    databases(
        apps=[app for app in here if app.database],
        passwords=this.database_passwords,
        admin=this.database_admin,
        problems=notes.databases,
    )
    buckets(
        apps=[app for app in here if app.bucket],
        site=this.site,
        keys=this.secrets.get("buckets", {}),
        problems=notes.buckets,
    )
    stacks(
        releases=releases,
        unwanted=[app for app in this.apps if app.name in names & this.chosen and app not in here],
        deployment=this.deployment,
        without_database=notes.databases,
        without_bucket=notes.buckets,
        partners=this.partners,
        noted=notes.stacks,
    )
    if watchers := [app for app in here if app.zabbix]:
        zabbix.converge(here=watchers, apps=this.apps, site=this.site, secrets=this.secrets)


def _ask_ahead(apps: Iterable[App]) -> None:
    """What this host has may be read while operations compare the rest."""
    this, names = run.current(), {app.name for app in apps}
    here = [each.app for each in this.releases[host.name] if each.app.name in names]
    ask([app for app in here if app.database], this.database_passwords, this.database_admin)
    zabbix.ask([app for app in here if app.zabbix])
