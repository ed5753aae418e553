"""The difference between a release and what a host has, and why: pure, and the whole truth of a plan."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from catalogue import views
from catalogue.model import App
from tasks.stacks import needs
from tasks.stacks.release import SECRETS_FILE, Release
from tasks.stacks.state import Container, HostState, Stack
from tasks.templates import COMPOSE_FILE

LIVE = "live/"


class ImageStep(NamedTuple):
    """From which to which version of an image; no version before: the app did not have it."""

    repository: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One app that will be brought to its release, or retired where there is none."""

    app: App
    release: Release | None
    reasons: tuple[str, ...]
    recreated: tuple[str, ...]
    """Services that will be created or recreated; the others keep running."""
    anew: tuple[str, ...] = ()
    """Those of them that Compose would leave as they are."""
    refusal: str | None = None
    """Why the app must not be brought there; the host is not touched for it."""
    one_way: bool = False
    """The step migrates data, and there is no way back but a backup."""
    images: tuple[ImageStep, ...] = ()
    """Those that are another version than what runs."""
    cause: Literal["new", "repository", "host", "both"] = "new"
    """What moved since the last deploy: the repository (a secret is a part of it), the host, or both."""
    before: Stack = field(default_factory=Stack)
    """As the app was found on the host."""

    @property
    def text(self) -> str:
        touched = f"; starts {', '.join(self.recreated)} anew" if self.recreated else "; restarts nothing"
        touched += "; its migration is ONE-WAY: back up first" if self.one_way else ""
        if self.release and self.release.unlocked:
            touched += f"; no digest is known of {', '.join(self.release.unlocked)}: make lock"
        what = f"release {self.release.revision}" if self.release else "retire"
        return f"{self.app.name}: {what}: {'; '.join(self.reasons)}{touched if self.release else ''}"


@dataclass(kw_only=True)
class Noted:
    """What is known of a host's stacks once they were compared, for who asks what a run would do."""

    found: HostState = field(default_factory=HostState)
    planned: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    """Operation (its hash): what it does, and no other, however the host has changed since."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """App: why it is left as it is."""
    compared: frozenset[str] = frozenset()
    """Names of the apps of which a release was compared."""
    diffs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """App: what `--diff` shows of it."""
    said: tuple[str, ...] = ()
    """Each line that the program on the host said while it applied the changes."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Of all operations."""
        return tuple(each for changes in self.planned.values() for each in changes)


def change(release: Release, found: HostState) -> Change | None:
    """What brings the host to a release; None if it is there already."""
    stack = found.stacks.get(release.app.name, Stack())
    new_here = _new(stack)
    repository = () if new_here else _repository(release, stack)
    host = () if new_here else _host(release, stack, found)
    reasons = (*new_here, *repository, *host)
    if not reasons:
        return None
    new = release.app.version
    old = stack.manifest.get("version", new)
    same = {each.service for each in _same(release, stack)}
    anew = set(needs.anew(release.needs, _same(release, stack), (*_edited(stack), *stack.astray)))
    return Change(
        app=release.app,
        release=release,
        reasons=reasons,
        recreated=tuple(name for name in release.services if name not in same or name in anew),
        anew=tuple(name for name in release.services if name in same and name in anew),
        refusal=views.refusal(release.app, stack.version or old, new),
        one_way=views.one_way(release.app, old, new) or (_is_unknown(stack) and release.app.upgrade.one_way),
        images=tuple(_image_steps(stack.manifest.get("images", ()), release.images)),
        cause="new" if new_here else _cause(repository, host),
        before=stack,
    )


def secrets_changed(change: Change, names: Collection[str]) -> bool:
    """Whether any of these variables has another value than that of the release that was applied."""
    applied = change.before.manifest.get("secrets", {})
    wanted = change.release.secret_digests if change.release else {}
    return any(applied.get(name) != wanted.get(name) for name in names)


def goes_along(change: Change, names: Collection[str]) -> bool:
    """The same of an app that runs already: one that does not yet is deployed on its own account."""
    return bool(change.before.manifest) and secrets_changed(change, names)


def _cause(repository: tuple[str, ...], host: tuple[str, ...]) -> Literal["repository", "host", "both"]:
    if repository and host:
        return "both"
    return "repository" if repository else "host"


def retirement(app: App, found: HostState) -> Change | None:
    """What stops an app that is no longer wanted; None if it is gone."""
    stack = found.stacks.get(app.name, Stack())
    if not (stack.current or stack.applied or stack.containers):
        return None
    return Change(
        app=app,
        release=None,
        reasons=("it is no longer present in the catalogue",),
        recreated=(),
        cause="repository",
        before=stack,
    )


def unknown(apps: Iterable[App], found: HostState) -> tuple[str, ...]:
    """Stacks of ours that no record knows any more, each with what to type; nothing touches them."""
    known = {app.name for app in apps}
    return tuple(
        f"{name} runs here, and no record knows it: put its record back with present=False and deploy, "
        f"or on the host: docker compose -p {name} down --remove-orphans && rm -r /opt/{name}"
        for name, stack in sorted(found.stacks.items())
        if name not in known and (stack.current or stack.applied or stack.containers)
    )


def _new(stack: Stack) -> tuple[str, ...]:
    """Why it is deployed anew, whatever else is like it should be."""
    if not (stack.applied or stack.current or stack.containers):
        return ("it is new on this host",)
    return ("what is recorded of it on this host cannot be read",) if _is_unknown(stack) else ()


def _is_unknown(stack: Stack) -> bool:
    """It is there, and nobody can say of which version its data is."""
    return bool(stack.applied or stack.current or stack.containers) and not stack.manifest


def _repository(release: Release, stack: Stack) -> tuple[str, ...]:
    """Wanted is not what was applied: the repository or a secret changed."""
    applied = stack.manifest
    return (
        *_differences(applied["files"], release.digests, without={SECRETS_FILE, COMPOSE_FILE}),
        *(() if applied["compose"] == release.compose_digest else (f"{COMPOSE_FILE} changed",)),
        *_differences(applied["secrets"], release.secret_digests),
        *_images(tuple(applied["images"]), release.images),
    )


def _image_steps(old: Collection[str], new: Iterable[str]) -> Iterator[ImageStep]:
    before = {_repository_of(name): name for name in old}
    for name in (each for each in new if each not in old):
        known = before.get(_repository_of(name), "")
        tags = _tag(known), _tag(name)
        # One tag, pulled anew: of another digest, or for the first time by one.
        versions = tags if tags[0] != tags[1] else (_version(known), _version(name))
        yield ImageStep(_repository_of(name), *versions)


def _images(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"image {name} {before} → {after}" if before else f"image {name}:{after} is new"
        for name, before, after in _image_steps(old, new)
    )


def _repository_of(image: str) -> str:
    return image.partition("@")[0].rpartition(":")[0]


def _tag(image: str) -> str:
    return image.partition("@")[0].rpartition(":")[2]


def _version(image: str) -> str:
    """Tag and the first digits of the digest."""
    tag, _, digest = image.removeprefix(f"{_repository_of(image)}:").partition("@")
    return f"{tag}@{digest.removeprefix('sha256:')[:12]}" if digest else tag


def _differences(
    old: Mapping[str, str], new: Mapping[str, str], without: AbstractSet[str] = frozenset()
) -> tuple[str, ...]:
    names = sorted((set(old) | set(new)) - without)
    return tuple(
        f"{name} {'removed' if name not in new else 'added' if name not in old else 'changed'}"
        for name in names
        if old.get(name) != new.get(name)
    )


def _host(release: Release, stack: Stack, found: HostState) -> tuple[str, ...]:
    """HostState is not what was applied: somebody or something changed the host."""
    interrupted = ("an earlier deploy was cut off",) if stack.current != stack.applied else ()
    return (
        *interrupted,
        *(f"{name} was edited on the host" for name in _edited(stack)),
        *((f"{SECRETS_FILE} has mode {stack.mode}",) if stack.mode not in ("", "600 root") else ()),
        *(f"{path} has mode {found}" for path, found in sorted(stack.opened.items())),
        *(f"/opt/{release.app.name}/{name} is not the release's" for name in stack.astray if not interrupted),
        *_containers(stack),
        *(
            f"{service} is not in its network {name}"
            for service, name in needs.missing(release.needs, _same(release, stack))
        ),
        *(_unreachable(release.app, stack, found) if release.app.edge else ()),
    )


def _containers(stack: Stack) -> tuple[str, ...]:
    """Services of the applied release that do not serve as they should."""
    reasons = []
    for service, digest in dict(stack.manifest["services"]).items():
        own = [container for container in stack.containers if container.service == service]
        if not own:
            reasons.append(f"{service} has no container")
        reasons += [
            f"{service} is {container.state} {container.health}".rstrip()
            for container in own
            if not container.serves
        ]
        reasons += [f"{service} runs as {each.misnamed}" for each in own if each.misnamed]
        if any(container.untagged for container in own):
            reasons.append(f"{service}'s image has lost its tag")
        if any(container.serves and container.digest != digest for container in own):
            reasons.append(f"{service} runs another release")
    return tuple(reasons)


def _unreachable(edge: App, stack: Stack, found: HostState) -> tuple[str, ...]:
    """Apps behind the edge that it has no network with, as when it was recreated by hand."""
    joined = {name for container in stack.containers for name in container.networks}
    return tuple(
        f"{app} cannot be reached from {edge.name}"
        for app, other in found.stacks.items()
        for container in other.containers
        for name in container.networks - joined
        if name == views.edge_network_name(edge, app)
    )


def _same(release: Release, stack: Stack) -> list[Container]:
    """Those that serve and were made from what the release says of their service."""
    return [
        each
        for each in stack.containers
        if each.serves and not each.misnamed and each.digest == release.services.get(each.service)
    ]


def _edited(stack: Stack) -> tuple[str, ...]:
    """Files of the applied release that are not as it had them."""
    applied, interrupted = stack.manifest.get("files", {}), stack.current != stack.applied
    changed = [name for name, digest in sorted(applied.items()) if stack.files.get(name) != digest]
    return tuple(name for name in changed if name.startswith(LIVE) or not interrupted)
