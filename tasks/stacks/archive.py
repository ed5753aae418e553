"""Packs the changes of a host as text: releases, how to apply each, and the program that does it."""

import base64
import io
import json
import shlex
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

from catalogue import views
from catalogue.model import App, Check, Service, Site
from tasks.settings import ROOT
from tasks.stacks import compose
from tasks.stacks.changes import Change
from tasks.stacks.release import SECRETS_FILE, Release
from tasks.templates import COMPOSE_FILE

PROGRAM = ROOT / "files/guildhall"
PARTS = ("apply.sh", "messages.sh", "parts.sh")

# Unpacked with the archive's modes, in a folder that only root can enter, under a name nobody can foresee.
# Whatever is left of the input is read to its end, so that the sender hears the error and not a closed door.
RECEIVE = (
    "umask 077; mkdir -p /opt/.guildhall && d=$(mktemp -d /opt/.guildhall/incoming.XXXXXXXX) && "
    'base64 -d | tar -xzpf - -C "$d" && exec sh "$d/apply.sh"; '
    'echo "the releases could not be stored on this host; nothing was changed" >&2; '
    'rm -rf "${d:-/nonexistent}"; cat >/dev/null; exit 1'
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
    """The archive as base64 text, to be sent to RECEIVE's standard input."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for part in PARTS:
            _add(archive, part, (PROGRAM / part).read_bytes(), mode=0o700)
        _add(archive, "deploy", _assignments(_run_values(deployment)))
        for number, change in enumerate(changes):
            for path, content in _folder(change, deployment).items():
                _add(archive, f"{number:03}-{change.app.name}/{path}", content, mode=_mode(path))
    return base64.encodebytes(stream.getvalue()).decode()


def _add(archive: tarfile.TarFile, path: str, content: bytes, mode: int = 0o600) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def _mode(path: str) -> int:
    """Containers' users read and run what is mounted for them; the folder above it is root's alone."""
    if path in {f"release/{SECRETS_FILE}", "release/manifest.json", "steps"}:
        return 0o600
    return 0o755 if path.endswith(".sh") else 0o644


def _assignments(values: Mapping[str, str]) -> bytes:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()).encode()


def _run_values(deployment: Deployment) -> dict[str, str]:
    edge, site = views.edge(deployment.apps), deployment.site
    return {
        "edge": f"{edge.name}-{edge.services[0].name}-1",
        "by": deployment.by,
        "commit": deployment.commit,
        "wait": str(deployment.wait_seconds),
        "wait_at_first": str(deployment.wait_at_first_seconds),
        "postgres_host": site.postgres_host,
        "postgres_port": str(site.postgres_port),
    }


def _folder(change: Change, deployment: Deployment) -> dict[str, bytes]:
    apps = deployment.apps
    if change.release is None:
        gone = {"app": change.app.name, "revision": "retired", "door": views.edge_network(change.app, apps)}
        return {"steps": _assignments(gone)}
    files = {f"release/{path}": content for path, content in change.release.files.items()}
    return files | {
        "release/manifest.json": manifest(change.release, deployment.commit),
        "steps": _steps(change, change.release, apps, deployment.site),
    }


def manifest(release: Release, commit: str) -> bytes:
    """What the release is, for the next comparison, in one line; secrets only as short digests."""
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
    }
    return json.dumps(content, sort_keys=True).encode() + b"\n"


def _steps(change: Change, release: Release, apps: tuple[App, ...], site: Site) -> bytes:
    app = release.app
    values = {
        "app": app.name,
        "revision": release.revision,
        "ready": str(app.ready_seconds),
        "needs": " ".join(_needs(app, apps, site)),
        "images": " ".join(release.images),
        "one_shots": " ".join(service.name for service in app.services if service.one_shot),
        "is_edge": "yes" if app.edge else "",
        "one_way": "yes" if change.one_way else "",
        "door": views.edge_network(app, apps),
        "volumes": " ".join(
            f"{compose.volume_name(app, volume.name)}={volume.owner}" for volume in app.volumes
        ),
    }
    checks = [_check(release, service, service.check, site) for service in app.services if service.check]
    after = [shlex.join(["within", str(each.seconds), each.service, *each.command]) for each in app.after_up]
    bodies = _function("check", checks) + _function("after_up", after)
    return _assignments(values) + bodies.encode()


def _function(name: str, commands: Sequence[str]) -> str:
    """A shell function of these commands, each only if those before it succeeded; none: nothing."""
    return f"{name}() {{ {' && '.join(commands)}; }}\n" if commands else ""


def _needs(app: App, apps: tuple[App, ...], site: Site) -> list[str]:
    """What must answer before the app is touched: its database, and an identity provider that knows it."""
    return [*(["database"] if app.database else []), *views.pages_of_known(app, apps, site)]


def _check(release: Release, service: Service, check: Check, site: Site) -> str:
    """The image's own checker, shown the staged files where the service will see the real ones."""
    definition = yaml.safe_load(release.files[COMPOSE_FILE])["services"][service.name]
    staged = [
        f'--volume "$new"/{shlex.quote(_staged(source, release.app))}:{shlex.quote(target)}:ro'
        for source, target in compose.mounts(definition).items()
    ]
    command = ["--user", service.user, "--entrypoint", check.entrypoint, compose.image(service, site)]
    return " ".join(["docker run --rm --network none", *staged, shlex.join([*command, *check.arguments])])


def _staged(source: str, app: App) -> str:
    if source.startswith(compose.LIVE):
        return f"live/{app.name}/{source.removeprefix(compose.LIVE)}"
    return source.removeprefix(compose.CURRENT)
