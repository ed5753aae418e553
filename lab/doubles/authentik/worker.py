"""The worker's part: it finds blueprints and applies each once, until its file is another one."""

import hashlib
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .accounts import Accounts
from .blueprints import EntryInvalidError, apply
from .defaults import BLUEPRINTS, FIRST_START
from .store import Objects, Store, load, load_objects, migrated, save, save_objects, signing_key

ROOT = Path("/blueprints")
FOUND, APPLIED = (
    "blueprints found",
    "blueprints applied",
)  # path or name -> hash that it was last applied with
AGAIN = 60.0  # seconds until a file that was refused is tried again
FAULTS = (OSError, yaml.YAMLError, EntryInvalidError, KeyError, TypeError, AttributeError)


def found(store: Store) -> Mapping[str, Objects]:
    """Those of its own blueprints that authentik has found so far."""
    names = load(store, FOUND)
    return {name: objects for name, objects in BLUEPRINTS.items() if name in names}


@dataclass(kw_only=True)
class Worker:
    """Blueprints of its own and those of a directory; it is healthy whatever becomes of them."""

    store: Store
    env: Mapping[str, str]
    root: Path = ROOT
    first_start: float = 0  # seconds
    refused: dict[str, tuple[str, float]] = field(default_factory=dict)  # path -> hash, when to try again

    def start(self, pause: float = 0.5) -> None:
        """Look forever in a thread of its own."""

        def forever() -> None:
            while True:
                time.sleep(pause)
                self.look()

        threading.Thread(target=forever, daemon=True).start()

    def probe(self) -> list[str]:
        return [] if migrated(self.store, self.first_start) else ["the database is being migrated"]

    def look(self) -> list[str]:
        """One step: find one blueprint more, or apply what is new; what is refused is said, and logged."""
        try:
            if self.probe():
                return []
            with self.store.alone():
                return self._step()
        except Exception as error:  # its database may be away
            print(f"worker: {type(error).__name__}", flush=True)
            return []

    def _step(self) -> list[str]:
        self._begin()
        unknown = sorted(BLUEPRINTS.keys() - load(self.store, FOUND).keys())
        if unknown:
            save(self.store, FOUND, {**load(self.store, FOUND), random.choice(unknown): ""})  # noqa: S311
        self._own()
        files = sorted((self.root / "custom").rglob("*.yaml"))
        return [problem for file in files for problem in self._file(file)]

    def _begin(self) -> None:
        """What a start makes that is not there: a changed bootstrap password changes nothing."""
        signing_key(self.store)
        if password := self.env.get("AUTHENTIK_BOOTSTRAP_PASSWORD"):
            Accounts(self.store).create("akadmin", password)
        objects = load_objects(self.store)
        if not FIRST_START.keys() <= objects.keys():
            save_objects(self.store, {**FIRST_START, **objects})

    def _own(self) -> None:
        """One of its own that was found and not applied yet, in no order."""
        waiting = sorted(found(self.store).keys() - load(self.store, APPLIED).keys())
        if waiting:
            name = random.choice(waiting)  # noqa: S311
            save_objects(self.store, {**BLUEPRINTS[name], **load_objects(self.store)})
            save(self.store, APPLIED, {**load(self.store, APPLIED), name: "own"})

    def _file(self, file: Path) -> list[str]:
        path = str(file.relative_to(self.root))
        try:
            text = file.read_text()
            digest = hashlib.sha512(text.encode()).hexdigest()
            if load(self.store, APPLIED).get(path) == digest or self._vain(path, digest):
                return []
            self.refused[path] = digest, time.monotonic() + AGAIN
            save_objects(self.store, apply(text, load_objects(self.store), self.env, found(self.store)))
            save(self.store, APPLIED, {**load(self.store, APPLIED), path: digest})
            print(f"blueprint applied: {path}", flush=True)
        except FAULTS as error:
            problem = f"blueprint {path}: {type(error).__name__} {str(error).splitlines()[0]}"
            print(problem, flush=True)
            return [problem]
        return []

    def _vain(self, path: str, digest: str) -> bool:
        """Whether this very text was refused a moment ago."""
        last, until = self.refused.get(path, ("", 0.0))
        return last == digest and time.monotonic() < until
