"""What the managed PostgreSQL has, what an app wants of it, and the difference: pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from catalogue.model import App


def role_name(app: App) -> str:
    """The name of an app's role and of its database."""
    return app.name.replace("-", "_")


def extensions(app: App) -> tuple[str, ...]:
    return app.database.extensions if app.database else ()


@dataclass(frozen=True, kw_only=True)
class Database:
    owner: str
    open: bool
    """Every role of the server may connect to it."""


@dataclass(kw_only=True)
class Found:
    """The server as read.sh describes it."""

    installed: bool = True
    """psql is there to ask with."""
    problem: str = ""
    """Why the server could not be asked, in one line."""
    roles: set[str] = field(default_factory=set)
    databases: dict[str, Database] = field(default_factory=dict)
    extensions: dict[str, set[str]] = field(default_factory=dict)
    """By role, if it can log in to its database with the wanted password."""


def parsed(lines: Iterable[str]) -> Found:
    """Reads what read.sh prints; no name of ours has a slash."""
    found = Found()
    for line in lines:
        kind, _, rest = line.partition("/")
        match kind:
            case "absent":
                found.installed = False
            case "problem":
                found.problem = rest or "psql failed and gave no reason"
            case "role":
                found.roles.add(rest)
            case "database":
                name, owner, everyone = rest.rsplit("/", 2)
                found.databases[name] = Database(owner=owner, open=everyone == "t")
            case "login":
                role, extension = rest.split("/", 1)
                found.extensions.setdefault(role, set()).add(extension)
    return found


def differences(app: App, found: Found) -> tuple[str, ...]:
    """What is not as the record says, in words; empty if all is."""
    if not found.installed:
        return ("not looked at yet: psql is not installed",)
    role = role_name(app)
    return (
        *(() if role in found.roles else ("role missing",)),
        *_database(role, found.databases.get(role)),
        *_login(role, extensions(app), found),
    )


def _database(role: str, database: Database | None) -> tuple[str, ...]:
    if not database:
        return ("database missing",)
    return (
        *(() if database.owner == role else (f"database belongs to {database.owner}",)),
        *(("database is open to every role",) if database.open else ()),
    )


def _login(role: str, wanted: Iterable[str], found: Found) -> tuple[str, ...]:
    """Only a login sees the extensions; where role or database is missing, that is said already."""
    if role in found.extensions:
        return tuple(f"extension {name} missing" for name in wanted if name not in found.extensions[role])
    refused = role in found.roles and role in found.databases
    return ("its password is refused",) if refused else ()
