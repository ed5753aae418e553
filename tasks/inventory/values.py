"""The settings of group_data: which there are, where each is written, and whether they can be used."""

import ast
import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import ModuleType
from typing import Annotated, Any, Final, Literal

from pyinfra.api import Host, Inventory
from pyinfra.api.arguments import all_global_arguments

from catalogue.model import (
    Endpoint,
    FilePath,
    Form,
    Line,
    NotNegative,
    Person,
    PortNumber,
    Positive,
    PublicKey,
    Record,
    Site,
    WrongValueError,
    check_people,
)
from tasks.faults import executed
from tasks.inventory import connection
from tasks.settings import ROOT, Settings, nearest, source

FOLDER: Final = "group_data"
PARAMETER: Final = re.compile(r"[a-z0-9_-]+([./][a-z0-9_-]+)+", re.ASCII)
USER: Final = re.compile(r"[a-z_][a-z0-9_-]*", re.ASCII)
Parameter = Annotated[str, Form("a kernel parameter, as in vm.overcommit_memory", PARAMETER.fullmatch)]
User = Annotated[str, Form("a user's name, as in root", USER.fullmatch)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings(Record):
    """What one host is reached and set up by, beside the values of its site."""

    ssh_user: User
    operators: Mapping[Person, tuple[PublicKey, ...]]
    ci_keys: tuple[PublicKey, ...]
    readonly_keys: tuple[PublicKey, ...]
    ssh_port: PortNumber = 22
    ssh_connect_retries: NotNegative
    ssh_strict_host_key_checking: Literal["yes", "accept-new"]
    ssh_known_hosts_file: Line
    docker_source: Literal["docker", "distribution"]
    kernel_parameters: Mapping[Parameter, int | Line]
    postgres_admin: User
    postgres_sslmode: Literal["require", "verify-ca", "verify-full"]
    """Of libpq's six those that encrypt whatever the server says."""
    postgres_root_cert: Literal[""] | FilePath
    ca_bundle: Literal[""] | Line
    https_address: Endpoint
    journal_size_mb: Annotated[int, Form("16 or more", lambda number: number >= 16)]
    wait_for_dependencies_seconds: Positive
    wait_for_dependencies_at_first_seconds: Positive

    def validate(self) -> None:
        check_people(self.operators, self.ci_keys, self.ssh_user, self.readonly_keys)


OF_SITE: Final = [each.name for each in fields(Site) if each.name not in ("hosts", "image_digests")]
OF_HOST: Final = [each.name for each in fields(HostSettings)]
REQUIRED: Final = [each.name for each in fields(HostSettings) if each.default is MISSING]
KNOWN: Final = frozenset(
    {
        *OF_SITE,
        *OF_HOST,
        "servers",
        "app",
        "at_once",
        "show_ports",
        "try_alerts",
        "public_ip",
        "private_ip",
        "public_ipv6",
        "public_ports",
        *connection.KINDS,
    }
    | {name for name, _ in all_global_arguments()}
)
"""Every name that means something: what is called otherwise would be passed over in silence."""


def check_files(settings: Settings) -> None:
    """ValueError if a file of group_data cannot be run, or says what nobody asks for."""
    for file in sorted((ROOT / FOLDER).glob("*.py")):
        said = executed(f"{FOLDER}/{file.name}")
        for number, key in _repeated(source(file)):
            raise ValueError(f"{FOLDER}/{file.name} line {number}: {key!r} is there twice; write it once")
        for name, value in said.items():
            connection.check_unseen(place(name, [file.stem]), name)
            if not _hidden(name, value):
                check_name(f"{place(name, [file.stem])}: {name}", name)
                connection.check_kind(place(name, [file.stem]), name, value)
    own = executed(f"{FOLDER}/{settings.environment}.py").get("environment")
    if own != settings.environment:
        raise ValueError(
            f"{place('environment', [settings.environment])}: environment is {own!r}; "
            f"write '{settings.environment}', as the file is called"
        )


def _hidden(name: str, value: object) -> bool:
    return name.startswith("_") or isinstance(value, ModuleType)


def check_name(what: str, name: str) -> None:
    """ValueError if nothing is set by this name; `what` begins the message."""
    if name not in KNOWN:
        known = nearest(name, KNOWN)
        raise ValueError(f"{what} is no setting; {f'write {known}' if known else 'drop it'}")


def check_data(words: Iterable[str]) -> None:
    """ValueError if an argument of --data names no setting, has no value for it, or another."""
    said: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        connection.check_typed(f"--data {name}", name)
        check_name(f"--data {word}: {name!r}", name)
        if said.setdefault(name, value) != value:
            raise ValueError(f"--data {word}: {name} is {said[name]!r} already; a run takes one value of it")
        if not sign or (name == "app" and not value):
            raise ValueError(f"--data {word}: there is no value; write --data {name}=VALUE")
        connection.check_kind(f"--data {name}", name, connection.typed(value))


def check_patterns(inventory: Inventory, option: str, patterns: Iterable[str]) -> None:
    """ValueError if a pattern of --limit or --exclude stands for no host: pyinfra would go on without it."""
    names = [host.name for host in inventory]
    for pattern in patterns:
        if not inventory.groups.get(pattern) and not fnmatch.filter(names, pattern):
            known = nearest(pattern, [*names, *inventory.groups])
            meant = f"write {known}" if known else "their names are in inventory.py"
            raise ValueError(f"{option} {pattern}: no host and no group has this name; {meant}")


def place(name: str, groups: Iterable[str]) -> str:
    """Where a setting is written: the line in the last of these groups' files that has it."""
    files = [*(f"{FOLDER}/{group}.py" for group in groups), f"{FOLDER}/all.py"]
    texts = {file: source(ROOT / file) for file in files if (ROOT / file).exists()}
    found = [f"{file} line {lines[name]}" for file, text in texts.items() if name in (lines := _lines(text))]
    return next(iter(found), FOLDER)


@cache
def _lines(text: str) -> Mapping[str, int]:
    """Name: the last line of a file's text that sets it."""
    found: dict[str, int] = {}
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {each.id: node.lineno for each in targets if isinstance(each, ast.Name)}
    return found


def _repeated(text: str) -> Iterator[tuple[int, object]]:
    """Keys that a dictionary of a file has before: Python takes the last one, and says nothing."""
    for node in ast.walk(ast.parse(text)):
        seen: set[object] = set()
        for key in node.keys if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant):
                if key.value in seen:
                    yield key.lineno, key.value
                seen.add(key.value)


def of_site(hosts: Sequence[Host]) -> dict[str, Any]:
    """The values of the site, which its hosts have in common; ValueError if one is missing or differs."""
    return {name: _common(name, hosts) for name in OF_SITE}


def _common(name: str, hosts: Sequence[Host]) -> Any:
    first = hosts[0]
    for host in hosts:
        if value(name, host) != value(name, first):
            raise ValueError(
                f"{_where(name, host)}: {name} is not the same for {host.name} as for {first.name}; "
                f"a site has one: write it in {FOLDER}/all.py"
            )
    return value(name, first)


def check_host(host: Host) -> None:
    """ValueError if a host cannot be reached or set up by its settings."""
    names = [name for name in OF_HOST if name in REQUIRED or hasattr(host.data, name)]
    with placed(host):
        HostSettings(**{name: value(name, host) for name in names})


def value(name: str, host: Host) -> Any:
    try:
        return getattr(host.data, name)
    except AttributeError:
        raise ValueError(f"{FOLDER}: {name} is not set; write it in {FOLDER}/all.py") from None


@contextmanager
def placed(host: Host) -> Iterator[None]:
    """A value that cannot be, as a ValueError that begins with the place where it is written."""
    try:
        yield
    except WrongValueError as error:
        raise ValueError(f"{_where(error.field, host)}: {error.problem}") from None


def _where(name: str, host: Host) -> str:
    if name in host.inventory.override_data:
        return f"--data {name}"
    return place(name, host.groups)
