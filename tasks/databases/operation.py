"""Each app's role, database and extensions on the managed PostgreSQL, made from the app's own host.

Passwords travel on standard input only. The server itself gets no app's password, but its verifier.
"""

import base64
import shlex
from collections.abc import Generator, Mapping, Sequence
from typing import Final

from pyinfra import host, logger, state
from pyinfra.api import DeployError, FunctionCommand, Host, State, StringCommand, deploy, operation

from catalogue import views
from catalogue.model import App
from tasks.databases.scram import verifier
from tasks.databases.state import ServerState, differences, extensions, parsed, refusal
from tasks.privileges import privileges
from tasks.secrets import Sensitive
from tasks.settings import ROOT

PROGRAMS: Final = ROOT / "files/databases"
STATE: Final = """
    SELECT 'role', rolname FROM pg_roles;
    SELECT 'database', datname, pg_get_userbyid(datdba), has_database_privilege('public', oid, 'CONNECT')
    FROM pg_database;
    SELECT 'locale', datname, datcollate, datctype FROM pg_database"""
LOGIN: Final = "SELECT 'login', current_user, extname FROM pg_extension"


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
    found = _read(apps, passwords, admin) if apps else ServerState()
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


def _read(apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive) -> ServerState:
    lines = [f"{views.role(app)} {_base64(passwords[app.name].reveal())}" for app in apps]
    return parsed(_run("read.sh", [_base64(admin.reveal()), *lines], STATE=STATE, LOGIN=LOGIN))


def _apply(apps: Sequence[App], passwords: Mapping[str, Sensitive], admin: Sensitive) -> dict[str, str]:
    """App name to reason, for each that could not be made."""
    lines = []
    for app in apps:
        password = passwords[app.name].reveal()
        lines.append(f"{views.role(app)} {_base64(statements(app, verifier(password)))} {_base64(password)}")
    ended = dict(line.split("/", 1) for line in _run("apply.sh", [_base64(admin.reveal()), *lines]))
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
        )
    )


def _doubled(text: str) -> str:
    """As psql takes a quote within quotes."""
    return text.replace("'", "''")


def _run(program: str, lines: Sequence[str], **variables: str) -> list[str]:
    """The lines that a program of files/databases prints on the host; one that says a problem if it fails."""
    environment = _connection() | variables
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    script = exports + (PROGRAMS / "psql.sh").read_text() + (PROGRAMS / program).read_text()
    succeeded, output = host.run_shell_command(
        StringCommand(script), print_output=False, print_input=False, **privileges(host), _stdin=list(lines)
    )
    return output.stdout_lines if succeeded else [f"problem/{output.stderr}"]


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
