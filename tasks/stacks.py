"""Brings a host to its releases: one fact, one comparison, one archive, one program on the host."""

from collections.abc import Generator, Sequence

from paramiko import SSHException
from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand, deploy, operation

from catalogue.model import App
from tasks import bucket_operations, databases, desired
from tasks.archive import RECEIVE, packed
from tasks.changes import Change, change, retirement
from tasks.file_diffs import Contents, lines, places
from tasks.stack_state import Found, Stacks


@deploy("Stacks")
def stacks(apps: Sequence[App]) -> None:
    """Brings this host's stacks to the releases of the catalogue; apps that are not given are left alone."""
    converge(name="stacks: releases", names=tuple(app.name for app in apps))


@operation()
def converge(names: tuple[str, ...]) -> Generator[FunctionCommand, None, None]:
    """The named apps at their releases, retired ones gone; others and unchanged services keep running."""
    found = host.get_fact(Stacks)
    changes = _changes(names, found)
    refused = _refused(changes, found)
    unsure = bool(bucket_operations.problems(host.name))
    if not (changes or refused or unsure):
        host.noop("every stack is at its release")
        return
    _say(changes, found)
    for app, problem in refused.items():
        host.log(f"{app}: REFUSED: {problem}; nothing was changed", logger.error)
    allowed = Changes(each for each in changes if each.app.name not in refused)
    yield FunctionCommand(_send, (allowed, unsure or bool(refused)), {})


def _refused(changes: "Changes", found: Found) -> dict[str, str]:
    """App: why it must not be touched. One that has containers here has its bucket, asked or not."""
    roles = {app: f"its database: {problem}" for app, problem in databases.problems(host.name).items()}
    buckets = {
        app: f"its bucket: {problem.removeprefix('bucket ')}"
        for app, problem in bucket_operations.problems(host.name).items()
        if not found.stack(app).containers
    }
    return roles | buckets | {each.app.name: each.refusal for each in changes if each.refusal}


def _say(changes: "Changes", found: Found) -> None:
    shown = changes if host.state.config.DIFF else ()
    wanted = [place for each in shown for place in places(each, found).values()]
    contents = host.get_fact(Contents, paths=wanted) if wanted else {}
    for each in changes:
        host.log(each.text, logger.info)
        for line in lines(each, found, contents) if wanted else ():
            host.log(f"    {line}", logger.info)


def _changes(names: Sequence[str], found: Found) -> "Changes":
    want = desired.current()
    releases = {release.app.name: release for release in want.releases[host.name]}
    wanted = [change(releases[name], found) for name in names if name in releases]
    gone = [retirement(app, found) for app in want.apps if app.name in want.chosen and _retired(app, names)]
    return Changes(each for each in [*gone, *wanted] if each)


def _retired(app: App, names: Sequence[str]) -> bool:
    """Not wanted on this host, be it retired or moved to another group."""
    return app.name in names and app.name not in {
        each.app.name for each in desired.current().releases[host.name]
    }


class Changes(tuple[Change, ...]):
    """Prints as names: pyinfra shows a command's arguments at its highest verbosity."""

    __slots__ = ()

    def __repr__(self) -> str:
        return ", ".join(each.app.name for each in self)


def _send(state: State, host: Host, changes: Changes, incomplete: bool) -> bool:
    want = desired.current()
    if not changes:
        return False
    archive = packed(changes, want.apps, want.site, want.run)
    try:
        done, _ = host.run_shell_command(
            StringCommand(RECEIVE), _stdin=archive, print_output=True, print_input=False
        )
    except (OSError, SSHException) as error:
        host.log(
            f"the connection broke ({error}); the host finishes what it began: deploy again to see",
            logger.error,
        )
        return False
    return bool(done) and not incomplete
