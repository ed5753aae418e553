"""`guildhall`: the one command, and how each of its commands ends."""

import sys
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from lab.errors import LabError

COMMANDS = {
    "secrets": "What the secret store must hold: list, check, generate, set.",
    "dns": "Public names: where they should lead, and what brings them there.",
    "images": "Which digest each image is pulled by, and what is newer.",
    "app": "A first record and template from a program's own Compose file.",
    "admin": "The first account of a program that runs.",
    "plan": "What a deploy would do, for a person, a pull request or a machine.",
    "apply": "Show the plan, ask, and do it; or carry out a plan that was kept.",
    "status": "What runs where, and what is wrong with it.",
    "drift": "Whether servers still are what the repository says.",
    "logs": "What a program's containers printed.",
    "shell": "A shell in a program's container.",
    "silence": "For a while, nobody is told of a program's alerts.",
    "rollback": "Bring a program back to a release that its server still has.",
    "history": "Who deployed what, when, from which commit, and how it ended.",
    "verify": "Prove that every server does what the catalogue says.",
    "ci": "What a CI tells people: a comment, an issue, that it ran.",
    "lab": "Throwaway servers on this machine: up, demo, ssh, down.",
    "completion": "The lines that let a shell complete what you type.",
}
"""Each lies in a module of this package by its name, imported once it is wanted: Tab must not wait."""


class Front(click.Group):
    """The commands by name, each with its line of help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"cli.{cmd_name}").command
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As Click does it, but for the commands themselves, which it would import for their help."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        if names and not incomplete.startswith("-"):
            return [CompletionItem(name, help=COMMANDS[name]) for name in names]
        return click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="guildhall")
def guildhall() -> None:
    """The servers of an organisation, from their records to proof that they work.

    Servers are deployed by pyinfra itself: pyinfra inventory.py deploys/site.py

    Exit codes: 0 done, or nothing to do; 1 an error or a refusal, with the reason;
    2 there is something to do; 3 a server cannot be reached. More: docs/exit-codes.md
    """


def main() -> None:
    """Runs one command; whatever goes wrong is one line or a few, and never a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """The exit code of one command."""
    try:
        return int(guildhall.main(words, prog_name="guildhall", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo("stopped before the end; it can be run again", err=True)
    except LabError as error:
        click.echo(str(error), err=True)
    except Exception as error:
        click.echo(_line(error), err=True)
        return int(getattr(error, "exit_code", 1))
    return 1


def _line(error: Exception) -> str:
    """What went wrong, for a person; who set GUILDHALL_DEBUG is shown all of it."""
    from tasks import faults  # noqa: PLC0415 - with the catalogue, which Tab must not wait for

    if faults.debugging():
        raise error
    return faults.line(error)
