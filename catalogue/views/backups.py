"""What must be saved."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.model import App, Host, Site
from catalogue.views.names import bucket, present, role


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What of an app must be saved, each part in its own way."""

    app: App
    database: str
    """In the managed PostgreSQL, of which the provider makes backups; empty: none."""
    bucket: str
    """It keeps old versions by itself; empty: none."""
    volumes: tuple[str, ...]
    """Saved by snapshots of the disks of `hosts`."""
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarDatabase:
    """A database beside an app, as a backup or a restore needs to know it."""

    app: App
    service: str
    engine: str
    version: str
    """The major one, of its image."""
    extensions: tuple[str, ...]
    dump: tuple[str, ...]
    """What writes all of it to standard output in its container."""
    hosts: tuple[Host, ...]


def sidecars(apps: Iterable[App], site: Site) -> tuple[SidecarDatabase, ...]:
    """Every database that an app has beside it."""
    return tuple(
        SidecarDatabase(
            app=app,
            service=service.name,
            engine=service.sidecar.engine,
            version=service.sidecar.version(service.image.tag),
            extensions=service.sidecar.extensions,
            dump=service.sidecar.dumped,
            hosts=site.hosts_of(app.group),
        )
        for app in present(apps)
        for service in app.services
        if service.sidecar
    )


def backups(apps: Iterable[App], site: Site) -> tuple[Backup, ...]:
    """What must be saved, app by app; those that keep nothing are left out."""
    everything = [_backup(app, site) for app in present(apps)]
    return tuple(each for each in everything if each.database or each.bucket or each.volumes)


def _backup(app: App, site: Site) -> Backup:
    volumes = tuple(volume.name for volume in app.volumes if volume.backup)
    return Backup(
        app=app,
        database=role(app) if app.database and not app.database.statistics else "",
        bucket=bucket(app, site) if app.bucket else "",
        volumes=volumes,
        hosts=site.hosts_of(app.group) if volumes else (),
    )
