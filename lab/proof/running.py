"""A Compose project of a proof in the engine, and the services of the lab's that it finds beside it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from catalogue import views
from catalogue.model import App, Database
from lab import build, keys, layout, preflight, services, shell
from lab.engine import COMPOSE, Engine
from lab.errors import LabError
from lab.proof import project
from lab.proof.project import FOLDER, NETWORK, Definition

OVERLAY: Final = Path(__file__).with_name("services.yaml")
USED: Final = ("postgres", "s3", "storage", "smtp")
BUCKETS: Final = "http://127.0.0.1:8888/buckets"


def beside(outer: Engine) -> Engine:
    """The engine with the services that programs need; they answer at the container named NETWORK."""
    preflight.check_network(NETWORK, project.SUBNET)
    keys.ensure()
    build.ensure_base(outer)
    services.image(outer)
    values = {"SUBNET": project.SUBNET, "CLOUD_ADDRESS": project.CLOUD_ADDRESS}
    own = replace(outer, files=(layout.COMPOSE, OVERLAY), values=values)
    cleared(own)  # of a run that was cut off
    services.up(own, NETWORK, USED)
    return own


def cleared(outer: Engine) -> None:
    """Nothing of a proof is left but images."""
    outer.compose("down", "--volumes", "--timeout", "0")
    shutil.rmtree(FOLDER, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class Running:
    """One app's project; `whole` is its Compose file."""

    outer: Engine
    app: App
    whole: Definition

    @property
    def folder(self) -> Path:
        return FOLDER / self.app.name

    def fresh(self) -> None:
        """Containers that never ran, on an empty database, bucket and volumes, all as a deploy makes them."""
        self.gone()
        if self.app.database:
            self._database(views.role(self.app), self.app.database)
        if self.app.bucket:
            bucket, ask = f"{BUCKETS}/{views.bucket(self.app, project.site())}", ("exec", NETWORK, "curl")
            self.outer.docker(*ask, "-sS", "-X", "DELETE", f"{bucket}?recursive=true")
            self.outer.docker(*ask, "-fsS", "-X", "POST", f"{bucket}/")
        for volume in self.app.volumes:
            place = f"{self.whole['volumes'][volume.name]['name']}:/volume"
            words = ("--network", "none", "--volume", place, build.BASE, "chown", volume.owner, "/volume")
            self.outer.docker("run", "--rm", *words)
        self.compose("create")

    def gone(self) -> None:
        """Nothing of it is left in the engine."""
        self.compose("down", "--timeout", "0")
        for volume in self.whole["volumes"].values():
            self.outer.docker("volume", "rm", "--force", volume["name"])

    def up(self, seconds: int, names: Sequence[str]) -> str:
        """Wait until these are healthy; why they are not, if they are not."""
        try:
            self.compose("up", "--detach", "--wait", "--wait-timeout", str(seconds), *names)
        except LabError as error:
            return str(error)
        return ""

    def compose(self, *words: str) -> str:
        file = self.folder / "compose.yaml"
        file.write_text(yaml.safe_dump(self.whole, sort_keys=False))
        return shell.run([str(COMPOSE), "--file", str(file), *words], env=self.outer.env)

    def container(self, service: str) -> str:
        return f"{self.whole['name']}-{service}-1"

    def inspected(self, service: str, template: str) -> str:
        return self.outer.answer("inspect", "--format", template, self.container(service))

    def from_beside(self, command: str) -> list[str]:
        """Why a command of a neighbour on its network fails, if it does."""
        try:
            self.outer.docker("exec", NETWORK, "bash", "-c", command)
        except LabError as error:
            return [str(error)]
        return []

    def _database(self, role: str, database: Database) -> None:
        password = project.secrets(self.app)["DATABASE_PASSWORD"]
        self._sql(
            "postgres",
            f"DROP DATABASE IF EXISTS {role}",
            f"DROP ROLE IF EXISTS {role}",
            f"CREATE ROLE {role} LOGIN PASSWORD '{password}'",
            f"CREATE DATABASE {role} OWNER {role}{database.options}",
        )
        self._sql(role, "SELECT 1", *(f'CREATE EXTENSION "{name}"' for name in database.extensions))

    def _sql(self, database: str, *statements: str) -> None:
        words = ["psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={database}"]
        words += [f"--command={statement}" for statement in statements]
        self.outer.compose("exec", "--no-tty", "--user", "postgres", "postgres", *words)
