"""Secrets that a program reads from files: which service reads which, and whose each file is.

A file of the folder `secrets/` of a release is for one user, that of the service that mounts it: on the host
it is theirs, mode 0400, in a folder that only root can enter. One secret by itself lies in
`secrets/SERVICE/NAME` and is mounted as `/run/secrets/NAME`, as Compose has it; a whole configuration that
holds some is a template in the folder `secrets/` of the app's templates.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from catalogue import views
from catalogue.model import App
from onhost import releases
from tasks.stacks import compose
from tasks.stacks.refusals import RefusedError
from tasks.templates import COMPOSE_FILE

FOLDER = "secrets/"
MODE = releases.SECRET_MODE
MENTION = re.compile(r"/run/secrets/(\w+)")
"""Where Compose, and so every program's manual, puts a secret."""


class Values(Mapping[str, str]):
    """The secrets as a template sees them; it remembers which ones were asked for."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        """Empty for one that there is not: by then all those are refused together."""
        self.used.add(name)
        return self._secrets.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)

    def __repr__(self) -> str:
        return "***"


def mounted(definition: Mapping[str, Any]) -> dict[str, str]:
    """Mounts into each service the secrets that it names; path in the release: the secret's name."""
    paths = {}
    for service, parts in definition["services"].items():
        named = parts.pop("secrets", [])
        for name in sorted({*named, *MENTION.findall(json.dumps(parts))}):
            path = f"{FOLDER}{service}/{name}"
            parts["volumes"] = [*parts.get("volumes", []), f"./current/{path}:/run/secrets/{name}:ro"]
            paths[path] = name
    return paths


def check_names(app: App, used: set[str], in_configuration: set[str], given: set[str]) -> None:
    """ValueError if an app's templates use what is no secret of it, or not all that are."""
    if missing := sorted(used - given):
        raise RefusedError(
            f"it uses {', '.join(missing)}: not secrets of the app; declare them, or write $$ for a $ "
            "that the container is to see",
            word=missing[0],
        )
    if missing := sorted(in_configuration - given):
        raise ValueError(
            f"templates/{app.name}/{FOLDER} uses {', '.join(missing)}: not secrets of the app; declare them"
        )
    by_api = {each.name for each in views.MAIL_ACCOUNT} if app.zabbix else set()
    if unused := sorted(given - used - in_configuration - by_api):
        raise ValueError(
            f"templates/{app.name}/{COMPOSE_FILE}.j2 does not use {', '.join(unused)}; use it or drop it"
        )


def check_ways(app: App, in_environment: set[str], in_files: set[str]) -> None:
    """RefusedError for a secret of the record that is read in another way than the record says."""
    for name, is_file in ((secret.name, secret.file) for secret in app.secrets):
        if is_file and name in in_environment:
            raise RefusedError(
                f"{name} is a file, /run/secrets/{name}; drop ${{{name}}}, or file=True from its record",
                word=f"${{{name}}}",
            )
        if not is_file and name in in_files:
            raise RefusedError(
                f"/run/secrets/{name} is of no secret that is a file; write file=True into its record",
                word=name,
            )


def owners(app: App, services: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, str]:
    """`uid:gid` of each file of the folder; ValueError if it would be nobody's, or two users'."""
    sources = {name: [*compose.mounts(service)] for name, service in services.items()}
    found = {}
    for path in sorted(name for name in files if name.startswith(FOLDER)):
        users = {
            app.service(name).user
            for name, mounted in sources.items()
            for source in mounted
            if compose.files_below(source.removeprefix(compose.CURRENT), {path: b""})
        }
        if len(users) != 1:
            by = (
                f"by users {' and '.join(sorted(users))}: give each a file"
                if users
                else "by no service: drop it"
            )
            raise ValueError(f"templates/{app.name}/{path} holds secrets, and is mounted {by}")
        found[path] = users.pop()
    return found
