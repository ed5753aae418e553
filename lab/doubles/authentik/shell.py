"""`ak shell -c CODE` and `ak apply_blueprint PATH…`: authentik's own modules, as far as code asks."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import environment
from ..contract import fill
from ..contract import load as contract
from .blueprints import EntryInvalidError, apply
from .query import Query, modules
from .store import Objects, Postgres, Store, load, load_objects, save_objects
from .worker import APPLIED, ROOT, found


class BlueprintRetrievalFailed(Exception):  # noqa: N818 - its name in authentik
    """There is no such file."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A database, an environment and a folder of blueprints."""

    store: Store
    env: Mapping[str, str]
    root: Path = ROOT

    def modules(self) -> dict[str, ModuleType]:
        """What code may import, by its name."""
        world = self

        class BlueprintInstance:
            """A file below the folder, and whether it was ever applied."""

            objects = Query(
                [{"path": path, "last_applied_hash": digest} for path, digest in self.applied().items()]
            )

            def __init__(self, path: str) -> None:
                self.path = path

            def retrieve(self) -> str:
                return world.read(self.path)

        class Importer(Import):
            """One blueprint, for this database."""

            @classmethod
            def from_string(cls, text: str) -> "Importer":
                return cls(world, text)

        return modules(
            {
                "authentik.blueprints.models": {
                    "BlueprintInstance": BlueprintInstance,
                    "BlueprintRetrievalFailed": BlueprintRetrievalFailed,
                },
                "authentik.blueprints.v1.common": {"EntryInvalidError": EntryInvalidError},
                "authentik.blueprints.v1.importer": {"Importer": Importer},
            }
        )

    def applied(self) -> dict[str, str]:
        return load(self.store, APPLIED)

    def read(self, path: str) -> str:
        try:
            return (self.root / path).read_text()
        except OSError as error:
            raise BlueprintRetrievalFailed(f"Invalid path {path}") from error

    def run(self, code: str) -> None:
        """Run code among authentik's modules; it may end the program."""
        sys.modules.update(self.modules())
        exec(code, {"__name__": "__console__"})  # noqa: S102 - that is what the command is for

    def apply_blueprint(self, path: str) -> int:
        """As the command does it: it applies whatever the hash, and shows all of what it refuses."""
        try:
            Import(self, self.read(path)).apply()
        except EntryInvalidError as error:
            print(f"Blueprint invalid\nEntry invalid: {error} {dict(error.values)}", file=sys.stderr)
            return 1
        return 0


@dataclass(frozen=True)
class Import:
    """A blueprint on its way into the database."""

    world: World
    text: str

    def validate(self, *, raise_validation_errors: bool = False) -> tuple[bool, list[str]]:
        try:
            self._done()
        except EntryInvalidError as error:
            if raise_validation_errors:
                raise
            return False, [str(error)]
        return True, []

    def apply(self) -> bool:
        with self.world.store.alone():
            save_objects(self.world.store, self._done())
        return True

    def _done(self) -> Objects:
        store = self.world.store
        return apply(self.text, load_objects(store), self.world.env, found(store))


def main(words: list[str]) -> int:
    known = contract("authentik-worker")
    env: dict[str, Any] = environment.resolved(known, os.environ)
    need = next(need for need in known.needs if need.kind == "postgres")
    store = Postgres({name: fill(value, env) for name, value in need.settings.items()})
    world = World(store=store, env=env)
    match words:
        case ["shell", "-c", code]:
            world.run(code)
            return 0
        case ["apply_blueprint", *paths]:
            return max(map(world.apply_blueprint, paths), default=0)
    print(f"ak: this double does not know '{' '.join(words)}'", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
