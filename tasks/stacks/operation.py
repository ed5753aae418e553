"""Brings a host to its releases: one reading, one comparison, one archive, one program on the host."""

from collections.abc import Generator, Iterable, Mapping, Sequence

from paramiko import SSHException
from pyinfra import host, logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand, deploy, operation

from catalogue.model import App
from tasks import program
from tasks.privileges import privileges
from tasks.stacks.archive import RECEIVE, Deployment, packed
from tasks.stacks.changes import Change, Noted, change, goes_along, retirement, unknown
from tasks.stacks.diffs import Contents, lines, places
from tasks.stacks.release import Release
from tasks.stacks.state import HostState, parsed


@deploy("Stacks")
def stacks(
    releases: Sequence[Release],
    unwanted: Sequence[App],
    deployment: Deployment,
    without_database: Mapping[str, str],
    without_bucket: Mapping[str, str],
    partners: Mapping[str, frozenset[str]],
    noted: Noted,
) -> None:
    """Brings this host's stacks to these releases; other apps are left alone.

    `unwanted` are those that must not run here, be they retired or moved to another group. The next two name
    the apps whose database or bucket could not be asked or made, with the reason; the operations before this
    one fill them. `partners` are brought along only if one of these variables of theirs has another value.
    What was found and compared goes into `noted`: what a plan says is what is done.
    """
    converge(
        name="stacks: releases",
        releases=releases,
        unwanted=unwanted,
        deployment=deployment,
        without_database=without_database,
        without_bucket=without_bucket,
        partners=partners,
        noted=noted,
    )


@operation()
def converge(
    releases: Sequence[Release],
    unwanted: Sequence[App],
    deployment: Deployment,
    without_database: Mapping[str, str],
    without_bucket: Mapping[str, str],
    partners: Mapping[str, frozenset[str]],
    noted: Noted,
) -> Generator[FunctionCommand, None, None]:
    """The releases run and unwanted apps are gone; others and unchanged services keep running."""
    operation = host.current_op_hash or ""
    if operation not in noted.planned:
        noted.found = read(host)
        if noted.found.problem or host in host.state.failed_hosts:
            _give_up(noted.found.problem)
            return
        for line in unknown(deployment.apps, noted.found):
            host.log(line, logger.warning)
        noted.compared |= {release.app.name for release in releases}
        noted.planned[operation] = _changes(releases, unwanted, partners, noted)
    found, changes = noted.found, Changes(noted.planned[operation])
    refused = _refused(changes, found, without_database, without_bucket)
    noted.refused = {**noted.refused, **refused}
    unsure = bool(without_bucket)
    sweep = _swept(found)
    if not (changes or refused or unsure or sweep):
        host.noop("every stack is at its release")
        return
    diffs = _diffs(changes, found) if host.state.config.DIFF else {}
    noted.diffs = {**noted.diffs, **diffs}
    _say(changes, diffs)
    for app, problem in refused.items():
        host.log(f"{app}: REFUSED: {problem}; nothing was changed", logger.error)
    allowed = Changes(each for each in changes if each.app.name not in refused)
    work = allowed if allowed or sweep else None
    yield FunctionCommand(_send, (work, deployment, unsure or bool(refused), noted), {})


def read(host: Host) -> HostState:
    """What the stacks of a host are now."""
    known = program.read(host)
    if known.problem:
        return HostState(problem=known.problem)
    return parsed(known.stacks) if known.stacks else HostState()


def _swept(found: HostState) -> bool:
    """Says what a deploy puts right on the host itself, whichever apps it is about."""
    if found.leftovers:
        host.log(f"what a deploy that was cut off left is removed: {', '.join(found.leftovers)}", logger.info)
    if found.open:
        host.log(
            "Docker's rules that keep apps apart are gone: Docker Engine makes them anew", logger.warning
        )
    return bool(found.leftovers or found.open)


def _give_up(problem: str) -> None:
    """This host is left as it is, and the others go on."""
    if problem:
        host.log(problem, logger.error)
        # `host` is whichever host is worked on where it is looked at; this one is meant.
        this = host.state.inventory.get_host(host.name)
        host.state.fail_hosts({this})  # type: ignore[no-untyped-call]


class Changes(tuple[Change, ...]):
    """Prints as names: pyinfra shows a command's arguments at its highest verbosity."""

    __slots__ = ()

    def __repr__(self) -> str:
        return ", ".join(each.app.name for each in self)


def _changes(
    releases: Iterable[Release],
    unwanted: Iterable[App],
    partners: Mapping[str, frozenset[str]],
    noted: Noted,
) -> Changes:
    """Without those that an operation before does."""
    wanted = [change(release, noted.found) for release in releases]
    gone = [retirement(app, noted.found) for app in unwanted]
    done = {each.app.name for each in noted.changes}
    new = [each for each in [*gone, *wanted] if each and each.app.name not in done]
    return Changes(
        each for each in new if each.app.name not in partners or goes_along(each, partners[each.app.name])
    )


def _refused(
    changes: Changes, found: HostState, without_database: Mapping[str, str], without_bucket: Mapping[str, str]
) -> dict[str, str]:
    """App: why it must not be touched. One that has containers here has its bucket, asked or not."""
    roles = {app: f"its database: {problem}" for app, problem in without_database.items()}
    buckets = {
        app: f"its bucket: {problem.removeprefix('bucket ')}"
        for app, problem in without_bucket.items()
        if not found.stack(app).containers
    }
    return roles | buckets | {each.app.name: each.refusal for each in changes if each.refusal}


def _diffs(changes: Changes, found: HostState) -> dict[str, tuple[str, ...]]:
    wanted = [place for each in changes for place in places(each, found).values()]
    contents = host.get_fact(Contents, _stdin=wanted) if wanted else {}
    return {each.app.name: tuple(lines(each, found, contents)) for each in changes}


def _say(changes: Changes, diffs: Mapping[str, tuple[str, ...]]) -> None:
    for each in changes:
        host.log(each.text, logger.info)
        for line in diffs.get(each.app.name, ()):
            host.log(f"    {line}", logger.info)


def _send(
    state: State,
    host: Host,
    changes: Changes | None,
    deployment: Deployment,
    incomplete: bool,
    noted: Noted,
) -> bool:
    if changes is None:
        return False
    try:
        done, output = host.run_shell_command(
            StringCommand(RECEIVE),
            print_output=True,
            print_input=False,
            **privileges(host),
            _stdin=packed(changes, deployment),
        )
    except (OSError, SSHException) as error:
        host.log(
            f"the connection broke ({error}); the host finishes what it began: deploy again to see",
            logger.error,
        )
        return False
    noted.said += tuple(output.stdout_lines)
    return bool(done) and not incomplete
