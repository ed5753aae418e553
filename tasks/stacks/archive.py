"""Packs the changes of a host as text: the program that applies releases, its orders, and the releases."""

import base64
import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import yaml

from catalogue import views
from catalogue.model import App, Check, Service, Site
from onhost import orders
from tasks import program
from tasks.stacks import compose, secret_files
from tasks.stacks.changes import Change
from tasks.stacks.release import SECRETS_FILE, Release
from tasks.templates import COMPOSE_FILE

# Whatever is left of the input is read to its end, so that the sender hears the error and not a closed door.
RECEIVE: Final = program.command(
    "apply",
    without='cat >/dev/null; echo "Python is missing on this host; deploys/site.py installs it" >&2; exit 1',
)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the changes of all hosts have in common: the catalogue, the site, and who deploys what."""

    apps: tuple[App, ...]
    """The whole catalogue."""
    site: Site
    by: str
    commit: str
    wait_seconds: int
    """How long a release waits for what it needs."""
    wait_at_first_seconds: int
    """The same for an app that is new on its host."""


def packed(changes: Iterable[Change], deployment: Deployment) -> str:
    """What is sent to RECEIVE's standard input; without changes it is told to sweep up alone."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        _add(archive, "run.json", orders.written(_run(deployment)).encode())
        for number, change in enumerate(changes):
            for path, content in _folder(change, deployment).items():
                _add(archive, f"{number:03}-{change.app.name}/{path}", content, mode=_mode(path))
    return f"{program.packed()}\n{base64.encodebytes(stream.getvalue()).decode()}"


def _add(archive: tarfile.TarFile, path: str, content: bytes, mode: int = 0o600) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def _mode(path: str) -> int:
    """Containers' users read and run what is mounted for them; the folder above it is root's alone."""
    if path in {f"release/{SECRETS_FILE}", "release/manifest.json", "order.json"}:
        return 0o600
    if path.startswith(f"release/{secret_files.FOLDER}"):
        return secret_files.MODE
    return 0o755 if path.endswith(".sh") else 0o644


def _run(deployment: Deployment) -> orders.Run:
    return orders.Run(
        by=deployment.by,
        commit=deployment.commit,
        wait=deployment.wait_seconds,
        wait_at_first=deployment.wait_at_first_seconds,
        postgres_host=deployment.site.postgres_host,
        postgres_port=deployment.site.postgres_port,
    )


def _folder(change: Change, deployment: Deployment) -> dict[str, bytes]:
    order = order_of(change, deployment.apps, deployment.site)
    told = {"order.json": orders.written(order).encode()}
    if change.release is None:
        return told
    files = {f"release/{path}": content for path, content in change.release.files.items()}
    return files | told | {"release/manifest.json": manifest(change.release, deployment.commit, order)}


def manifest(release: Release, commit: str, order: orders.Order | None = None) -> bytes:
    """What the release is, for the next comparison, and its order for the host; secrets as short digests."""
    content = {
        "app": release.app.name,
        "revision": release.revision,
        "commit": commit,
        "version": release.app.version,
        "images": release.images,
        "compose": release.compose_digest,
        "services": dict(release.services),
        "secrets": dict(release.secret_digests),
        "files": release.digests,
        "owners": dict(release.owners),
        "order": asdict(order) if order else {},
    }
    return json.dumps(content, sort_keys=True).encode() + b"\n"


def order_of(change: Change, apps: tuple[App, ...], site: Site) -> orders.Order:
    """What the program on the host is told to do about one app."""
    app, network = change.app, views.edge_network(change.app, apps)
    edge = views.edge(apps).name, views.edge(apps).services[0].name
    if change.release is None:
        gone, before = "retired", change.before.stands
        return orders.Order(
            app=app.name, revision=gone, retire=True, before=before, network=network, edge=edge
        )
    return orders.Order(
        app=app.name,
        revision=change.release.revision,
        before=change.before.stands,
        anew=change.anew,
        ready=app.ready_seconds,
        needs=tuple(_needs(app, apps, site)),
        images=change.release.images,
        one_shots=tuple(service.name for service in app.services if service.one_shot),
        volumes={compose.volume_name(app, volume.name): volume.owner for volume in app.volumes},
        one_way=change.one_way,
        checks=tuple(
            _check(change.release, service, service.check, site) for service in app.services if service.check
        ),
        after_up=tuple(orders.Exec(each.service, tuple(each.command), each.seconds) for each in app.after_up),
        network=network,
        bridges=_bridges(app, network),
        edge=edge,
    )


def _bridges(app: App, network: str) -> dict[str, str]:
    own = {f"{app.name}_default": views.bridge(app.name)}
    return own | ({network: views.edge_bridge(app)} if network else {})


def _needs(app: App, apps: tuple[App, ...], site: Site) -> list[str]:
    """What must answer before the app is touched: its database, and an identity provider that knows it."""
    return [*(["database"] if app.database else []), *views.pages_of_known(app, apps, site)]


def _check(release: Release, service: Service, check: Check, site: Site) -> orders.Check:
    """The image's own checker, shown the staged files where the service will see the real ones."""
    definition = yaml.safe_load(release.files[COMPOSE_FILE])["services"][service.name]
    return orders.Check(
        image=compose.image(service, site),
        user=service.user,
        entrypoint=check.entrypoint,
        arguments=tuple(check.arguments),
        mounts={
            _staged(source, release.app): target for source, target in compose.mounts(definition).items()
        },
    )


def _staged(source: str, app: App) -> str:
    if source.startswith(compose.LIVE):
        return f"live/{app.name}/{source.removeprefix(compose.LIVE)}"
    return source.removeprefix(compose.CURRENT)
