"""The worker's part: apply every blueprint of a directory, again when a file changed or failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .blueprints import BlueprintError, apply
from .store import Store, load_objects, save_objects, signing_key

DIRECTORY = Path("/blueprints/custom")


@dataclass(kw_only=True)
class Worker:
    """Blueprints of one directory; `probe` applies what is new and says what does not apply."""

    store: Store
    env: Mapping[str, str]
    directory: Path = DIRECTORY
    applied: dict[Path, str] = field(default_factory=dict)  # the text each file was last applied with

    def probe(self) -> list[str]:
        signing_key(self.store)
        files = sorted(self.directory.rglob("*.yaml"))
        return [problem for file in files for problem in self._file(file)]

    def _file(self, file: Path) -> list[str]:
        try:
            text = file.read_text()
            if self.applied.get(file) != text:
                save_objects(self.store, apply(text, load_objects(self.store), self.env))
                self.applied[file] = text
                print(f"blueprint applied: {file}", flush=True)
        except (OSError, yaml.YAMLError, BlueprintError, KeyError, TypeError) as error:
            first = str(error).split("\n")[0]
            return [f"blueprint {file}: {type(error).__name__} {first}"]
        return []
