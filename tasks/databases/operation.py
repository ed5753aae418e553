"""Each app's role, database and extensions on the managed PostgreSQL, made from the app's own host.

Passwords travel on standard input only. The server itself gets no app's password, but its verifier.
"""

import base64
import shlex
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from paramiko import SSHException
from pyinfra import host, logger, state
from pyinfra.api import DeployError, FunctionCommand, Host, State, StringCommand, deploy, operation

from catalogue import views
from catalogue.model import App
from tasks import program
from tasks.databases.scram import verifier
from tasks.databases.state import ServerState, differences, extensions, parsed, refusal, statistics
from tasks.privileges import privileges
from tasks.secrets import Sensitive
from tasks.settings import ROOT

PROGRAMS: Final = ROOT / "files/databases"
STATE: Final = """
    SELECT 'role', rolname FROM pg_roles;
    SELECT 'database', datname, pg_get_userbyid(datdba), has_database_privilege('public', oid, 'CONNECT')
    FROM pg_database;
    SELECT 'locale', datname, datcollate, datctype FROM pg_database;
    SELECT 'statistics', member::regrole FROM pg_auth_members WHERE roleid = 'pg_monitor'::regrole"""
LOGIN: Final = "SELECT 'login', current_user, extname FROM pg_extension"


@dataclass(frozen=True)
class _Asked:
    """What a host is being asked."""

    apps: tuple[str, ...]
    since: program.Moment
    answer: Future[ServerState]


_ASKED: Final[WeakKeyDictionary[State, dict[str, _Asked]]] = WeakKeyDictionary()
"""By host, in each run."""


def ask(apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive) -> None:
    """Begins to look at everything, while others are at work; `databases` takes the answer."""
    if apps:
        since, pool = program.moment(host), ThreadPoolExecutor(1)
        asked = _Asked(_names(apps), since, pool.submit(_looking(apps, passwords, admin)))
        pool.shutdown(wait=False)
        _ASKED.setdefault(host.state, {})[host.name] = asked


def _names(apps: Sequence[App]) -> tuple[str, ...]:
    return tuple(app.name for app in apps)


@deploy("Databases")
def databases(
    apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive, problems: dict[str, str]
) -> None:
    """Each of these apps of this host has the role and the database that its record asks for.

    A failure never stops the host: it is noted in `problems`, by app.
    """
    for app in apps:
        _check(app, passwords[app.name])
    converged(
        name="databases: roles, databases, extensions",
        apps=apps,
        passwords=passwords,
        admin=admin,
        problems=problems,
        _ignore_errors=True,
    )


def _check(app: App, password: Sensitive) -> None:
    try:
        verifier(password.reveal())
    except ValueError as error:
        raise DeployError(f"{app.name}: DATABASE_PASSWORD: {error}") from error


@operation()
def converged(
    apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive, problems: dict[str, str]
) -> Generator[FunctionCommand]:
    """One exec looks at everything; a second one runs only for the apps that differ."""
    found = _found(apps, passwords, admin) if apps else ServerState()
    problems.clear()
    if found.problem:
        problems.update({app.name: found.problem for app in apps})
        logger.error(f"{host.print_prefix}databases: {found.problem}; {', '.join(problems)} not looked at")
    else:
        _note(problems, {app.name: reason for app in apps if (reason := refusal(app, found))})
    changed = [app for app in apps if app.name not in problems and _differs(app, found)]

    def apply(state: State, host: Host) -> bool:
        _note(problems, _apply(changed, passwords, admin))
        return not problems

    if changed:
        yield FunctionCommand(apply, (), {})
    elif problems and state.is_executing:
        yield FunctionCommand(_failed, (), {})


def _note(problems: dict[str, str], found: Mapping[str, str]) -> None:
    """Adds what was found wrong, and says it."""
    problems.update(found)
    for name, reason in found.items():
        logger.error(f"{host.print_prefix}{name}: database: {reason}")


def _differs(app: App, found: ServerState) -> bool:
    """Says what of an app is to be made."""
    reasons = differences(app, found)
    if reasons:
        host.log(f"{app.name}: {', '.join(reasons)}")
    return bool(reasons)


def _failed(state: State, host: Host) -> bool:
    return False


def _found(apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive) -> ServerState:
    """What is there now, asked for before or only now."""
    asked = _ASKED.get(host.state, {}).get(host.name)
    if asked and asked.apps == _names(apps) and program.fresh(host, asked.since):
        return asked.answer.result()
    return _looking(apps, passwords, admin)()


def _looking(
    apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive
) -> Callable[[], ServerState]:
    """What looks at everything, wherever it is called."""
    lines = [f"{views.role(app)} {_base64(passwords[app.name].reveal())}" for app in apps]
    run = _running(question(), [_base64(admin.reveal()), *lines])
    return lambda: parsed(run())


def _apply(apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive) -> dict[str, str]:
    """App name to reason, for each that could not be made."""
    lines = []
    for app in apps:
        password = passwords[app.name].reveal()
        lines.append(f"{views.role(app)} {_base64(statements(app, verifier(password)))} {_base64(password)}")
    run = _running(_text("apply.sh"), [_base64(admin.reveal()), *lines])
    ended = dict(line.split("/", 1) for line in run())
    reasons = {app.name: ended.get(views.role(app), "the connection to the host was lost") for app in apps}
    return {name: reason for name, reason in reasons.items() if reason}


def statements(app: App, verifier: str) -> str:
    """The SQL that makes all of an app, whatever is there already."""
    return "\n".join(
        (
            f"\\set role {views.role(app)}",
            f"\\set verifier '{verifier}'",
            f"\\set options '{_doubled(app.database.options if app.database else '')}'",
            (PROGRAMS / "ensure.sql").read_text(),
            *(f'CREATE EXTENSION IF NOT EXISTS "{name}";' for name in extensions(app)),
            *(("RESET ROLE;", 'GRANT pg_monitor TO :"role";') if statistics(app) else ()),
        )
    )


def _doubled(text: str) -> str:
    """As psql takes a quote within quotes."""
    return text.replace("'", "''")


def question() -> str:
    """The command by which this host is asked, the same for all apps; passwords are its standard input."""
    return _text("read.sh", STATE=STATE, LOGIN=LOGIN)


def _text(script: str, **variables: str) -> str:
    """A program of files/databases, as this host runs it."""
    environment = _connection() | variables
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    return exports + (PROGRAMS / "psql.sh").read_text() + (PROGRAMS / script).read_text()


def _running(text: str, lines: Sequence[str]) -> Callable[[], list[str]]:
    """Runs such a program on this host.

    It gives the lines that the program prints; one that says a problem if it fails.
    """
    # Who calls it may be at work on another host, or on none.
    this = host.state.inventory.get_host(host.name)
    asked = partial(
        this.run_shell_command,
        StringCommand(text),
        print_output=False,
        print_input=False,
        **privileges(host),
        _stdin=list(lines),
    )

    def run() -> list[str]:
        try:
            succeeded, output = asked()
        except (OSError, SSHException) as error:
            return [f"problem/the connection broke ({error})"]
        return output.stdout_lines if succeeded else [f"problem/{output.stderr}"]

    return run


def _connection() -> dict[str, str]:
    return {
        "PGHOST": host.data.postgres_host,
        "PGPORT": str(host.data.postgres_port),
        "PGADMIN": host.data.postgres_admin,
        "PGSSLMODE": host.data.postgres_sslmode,
        "PGSSLROOTCERT": host.data.postgres_root_cert,
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "guildhall",
        "PGOPTIONS": "-c client_min_messages=warning",
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
