"""`guildhall ci`."""

import os
from pathlib import Path

import click

from tasks import github, runner, settings


@click.group()
def command() -> None:
    """For a CI: what it tells people, and its key. docs/ci.md has whole examples."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--pull", type=int, required=True, metavar="N", help="The number of the pull request.")
def comment(file: Path, pull: int) -> None:
    """Show FILE, which is Markdown, as one comment on a pull request; the next run updates it."""
    text = settings.readable(file).strip() or f"There is no plan; [the run]({_run()}) says why."
    click.echo(github.GitHub().comment(pull, _mark("plan"), text))


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--title", required=True, help="Of the issue.")
@click.option("--close", is_flag=True, help="Nothing is wrong any more.")
def issue(file: Path | None, title: str, close: bool) -> None:
    """Open an issue that shows FILE as it is, or update the one that is open, or close it."""
    if close == bool(file):
        raise ValueError("say either the file to show or --close")
    mark = _mark(f"issue {title}")
    if not file:
        click.echo(github.GitHub().close(mark))
        return
    text = f"{github.fenced(settings.readable(file))}\n\n[The run]({_run()}) that found it."
    click.echo(github.GitHub().issue(mark, title, text))


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", required=True, help="Of the pull request, and of its commit.")
def pull(file: Path, title: str) -> None:
    """Propose FILE, as it is here, in a pull request; the one that is open is updated."""
    branch, path = f"guildhall/{file.name}", file.absolute().relative_to(settings.ROOT)
    click.echo(github.GitHub().pull(branch, str(path), file.read_bytes(), title))


@command.command()
def heartbeat() -> None:
    """Tell the address in HEARTBEAT_URL that a run was here; it complains when none comes any more."""
    settings.load()
    click.echo(runner.heartbeat(os.environ.get("HEARTBEAT_URL", "")))


@command.command()
def key() -> None:
    """Put the private key in SSH_KEY where SSH looks for one, on a machine that has none."""
    click.echo(f"the key is {runner.key(os.environ.get('SSH_KEY', ''))}")


def _mark(what: str) -> str:
    """One for each environment."""
    return f"guildhall: {what}, {settings.load().environment}"


def _run() -> str:
    """The address of this run's log."""
    server, repository = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY"))
    return f"{server}/{repository}/actions/runs/{os.environ.get('GITHUB_RUN_ID', '')}"
