"""What the managed PostgreSQL has, what an app wants of it, and the difference: pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from catalogue import views
from catalogue.model import App


def extensions(app: App) -> tuple[str, ...]:
    return app.database.extensions if app.database else ()


def statistics(app: App) -> bool:
    return bool(app.database and app.database.statistics)


@dataclass(frozen=True, kw_only=True)
class ExistingDatabase:
    owner: str
    open: bool
    """Every role of the server may connect to it."""


@dataclass(kw_only=True)
class ServerState:
    """The server as read.sh describes it."""

    installed: bool = True
    """psql is there to ask with."""
    problem: str = ""
    """Why the server could not be asked, in one line."""
    roles: set[str] = field(default_factory=set)
    statistics: set[str] = field(default_factory=set)
    """The roles that read the statistics of the whole server."""
    databases: dict[str, ExistingDatabase] = field(default_factory=dict)
    locales: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By database: its lc_collate and lc_ctype."""
    extensions: dict[str, set[str]] = field(default_factory=dict)
    """By role, if it can log in to its database with the wanted password."""


def parsed(lines: Iterable[str]) -> ServerState:
    """Reads what read.sh prints; no name of ours has a slash."""
    found = ServerState()
    for line in lines:
        kind, _, rest = line.partition("/")
        match kind:
            case "absent":
                found.installed = False
            case "problem":
                found.problem = rest or "psql failed and gave no reason"
            case "role":
                found.roles.add(rest)
            case "statistics":
                found.statistics.add(rest)
            case "database":
                name, owner, everyone = rest.rsplit("/", 2)
                found.databases[name] = ExistingDatabase(owner=owner, open=everyone == "t")
            case "locale":
                name, collate, ctype = rest.rsplit("/", 2)
                found.locales[name] = (collate, ctype)
            case "login":
                role, extension = rest.split("/", 1)
                found.extensions.setdefault(role, set()).add(extension)
    return found


def differences(app: App, found: ServerState) -> tuple[str, ...]:
    """What is not as the record says, in words; empty if all is."""
    if not found.installed:
        return ("not looked at yet: psql is not installed",)
    name = views.role(app)
    return (
        *(() if name in found.roles else ("role missing",)),
        *(("may not read statistics",) if statistics(app) and name not in found.statistics else ()),
        *_database(name, found.databases.get(name)),
        *_login(name, extensions(app), found),
    )


def refusal(app: App, found: ServerState) -> str | None:
    """Why a database that is there can never become what the record says; None if it can."""
    there, wanted = found.locales.get(views.role(app)), app.database
    if not there or not wanted:
        return None
    names, said = ("lc_collate", "lc_ctype"), (wanted.lc_collate, wanted.lc_ctype)
    return next(
        (
            f"{name} is {has}, and the record says {says}: PostgreSQL gives it to a new database only; "
            f'write {name}="{has}" into the record, or move the data into a new database'
            for name, has, says in zip(names, there, said, strict=True)
            if says and _locale(has) != _locale(says)
        ),
        None,
    )


def _locale(name: str) -> str:
    """`en_US.utf8` and `en_US.UTF-8` are one."""
    return name.lower().replace("-", "")


def _database(role: str, database: ExistingDatabase | None) -> tuple[str, ...]:
    if not database:
        return ("database missing",)
    return (
        *(() if database.owner == role else (f"database belongs to {database.owner}",)),
        *(("database is open to every role",) if database.open else ()),
    )


def _login(role: str, wanted: Iterable[str], found: ServerState) -> tuple[str, ...]:
    """Only a login sees the extensions; where role or database is missing, that is said already."""
    if role in found.extensions:
        return tuple(f"extension {name} missing" for name in wanted if name not in found.extensions[role])
    refused = role in found.roles and role in found.databases
    return ("its password is refused",) if refused else ()
