"""What lies in an app's folder: its releases, which of them is whole, and which one serves or could."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

KEEP = 5
SECRET_MODE = 0o400
"""Of a file that holds secrets for one user, whose it is."""
NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{12}")
"""Of a release: the mark by which a folder is known as ours."""
STAGED, GOING = ".new-", ".old-"
"""How a release is called until it is whole, and once it is no longer wanted."""
MANIFEST = "manifest.json"
LIVE = "live/"
LINKS = ("current", "applied", "compose.yaml", ".env")
"""In an app's folder; each is made beside its place, with a dot before it."""


class Stack:
    """The folder of one app below the root."""

    def __init__(self, root: Path, app: str) -> None:
        self.root, self.app = root, app
        self.folder = root / app
        self.releases = self.folder / "releases"

    def named(self, link: str) -> str:
        """The release that a link of ours leads to, there or not; empty if it is no such link."""
        try:
            place, _, name = str((self.folder / link).readlink()).rpartition("/")
        except OSError:
            return ""
        return name if place == "releases" and NAME.fullmatch(name) else ""

    @property
    def current(self) -> str:
        """What its files are."""
        return self.named("current")

    @property
    def applied(self) -> str:
        """What last got healthy."""
        return self.named("applied")

    def all(self) -> list[str]:
        """Its releases, the newest first."""
        return sorted(filter(NAME.fullmatch, _names(self.releases)), reverse=True)

    @property
    def astray(self) -> list[str]:
        """What Compose reads in the app's folder and is not its release's, as after an edit by hand."""
        return [link for link, target in self.inner.items() if self._target(link) != target]

    @property
    def inner(self) -> dict[str, str]:
        """Link in the app's folder: where it leads to; empty where the release has no such file."""
        has_secrets = (self.folder / "current/.env").is_file()
        return {"compose.yaml": "current/compose.yaml", ".env": "current/.env" if has_secrets else ""}

    def _target(self, link: str) -> str:
        place = self.folder / link
        try:
            return str(place.readlink()) if place.is_symlink() else "?" * place.exists()
        except OSError:
            return "?"

    @property
    def is_ours(self) -> bool:
        return bool(self.current or self.applied or self.all())

    def fresh(self, revision: str) -> str:
        """A name for a new release."""
        now = time.time()
        while (name := f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}-{revision}") in self.all():
            now += 1
        return name

    def manifest(self, name: str) -> dict[str, Any] | None:
        """What a release says of itself; None if it cannot be read."""
        file = self.releases / name / MANIFEST
        try:
            return _checked(json.loads(file.read_bytes())) if file.is_file() else None
        except (OSError, ValueError, RecursionError):
            return None

    def is_whole(self, name: str) -> bool:
        """Nothing of it is missing; what a damaged manifest lists is not known."""
        folder = self.releases / name
        listed = (self.manifest(name) or {}).get("files", {})
        own = [path for path in listed if not path.startswith(LIVE)]
        return bool(name) and all((folder / path).is_file() for path in (MANIFEST, "compose.yaml", *own))

    @property
    def previous(self) -> str:
        """What is put back if a newer release fails; empty if there is nothing whole."""
        return next((name for name in (self.applied, self.current, *self.all()) if self.is_whole(name)), "")

    @property
    def stands(self) -> str:
        """What would be put back, and what its files are where that is another, as in mid-deploy."""
        return " ".join(dict.fromkeys(filter(None, (self.previous, self.current))))

    @property
    def serving(self) -> str:
        """What must run: the previous release, or the current one if its data has left that behind."""
        stays = self.current != self.applied and self.is_whole(self.current)
        order = (self.manifest(self.current) or {}).get("order", {}) if stays else {}
        return self.current if order.get("one_way") else self.previous

    def owners(self, name: str) -> dict[Path, str]:
        """Files of a release that hold secrets, each with its one user, `UID:GID`."""
        named = (self.manifest(name) or {}).get("owners", {})
        return {self.releases / name / path: owner for path, owner in named.items()}

    def place(self, path: str) -> Path:
        """Where the host has a file of a release: `live/OWNER/PATH` is for the owner's programs to watch."""
        if not path.startswith(LIVE):
            return self.folder / "current" / path
        owner, _, rest = path.removeprefix(LIVE).partition("/")
        return self.root / owner / LIVE / rest

    def live(self, name: str) -> list[str]:
        """The live files of a release."""
        folder = self.releases / name
        if not name:
            return []
        return sorted(str(each.relative_to(folder)) for each in folder.glob("live/**/*") if each.is_file())

    def leftovers(self) -> list[Path]:
        """What a deploy that was cut off left half done."""
        below = [self.releases / name for name in _names(self.releases) if name.startswith((STAGED, GOING))]
        return below + [self.folder / f".{link}" for link in LINKS if (self.folder / f".{link}").is_symlink()]

    def point(self, link: str, target: str) -> None:
        """Changes a link at once."""
        fresh = self.folder / f".{link}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(self.folder / link)

    def prune(self) -> None:
        """Keeps the newest releases, and those that are in use."""
        for name in set(self.all()[KEEP:]) - {self.current, self.applied}:
            self.remove(name)

    def remove(self, name: str) -> None:
        """No release is ever half there under its own name."""
        if (self.releases / name).exists():
            (self.releases / name).rename(self.releases / f"{GOING}{name}")
        shutil.rmtree(self.releases / f"{GOING}{name}", ignore_errors=True)


def stacks(root: Path) -> list[Stack]:
    """All of this host; folders of others are not looked into."""
    found = (Stack(root, name) for name in sorted(_names(root)) if not name.startswith("."))
    return [stack for stack in found if stack.is_ours]


def _names(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir()]
    except OSError:
        return []


SHAPE = {"version": str, "compose": str, "images": list, "services": dict, "secrets": dict, "files": dict}


def _checked(manifest: Any) -> dict[str, Any]:
    """The manifest; ValueError unless it has the shape that a comparison can rely on."""
    if not isinstance(manifest, dict):
        raise ValueError("not an object")
    for key, kind in SHAPE.items():
        if not isinstance(manifest.get(key), kind):
            raise ValueError(f"no {key}")
        values = manifest[key].values() if kind is dict else manifest[key]
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{key} is no text")
    for path in manifest["files"]:
        if path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise ValueError(f"{path} leads out of the release")
    for key in ("order", "owners"):  # earlier versions wrote none
        if not isinstance(manifest.get(key), dict):
            manifest[key] = {}
    return manifest
