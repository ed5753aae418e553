"""The words, options and help of every command of `guildhall`; as a program, it prints them as JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache

import click

from tasks.settings import ROOT


@dataclass(frozen=True)
class Command:
    """A command, or a group of them."""

    words: tuple[str, ...]
    """After `guildhall`; none: `guildhall` itself."""
    help: str
    options: tuple[str, ...]
    taking: tuple[str, ...]
    """The options that take a value."""
    least: int
    """Arguments that must be given."""
    most: int
    """Arguments that may be given; -1: any number."""
    group: bool


@cache
def commands() -> dict[tuple[str, ...], Command]:
    """By their words; read in another process, since one of them lets gevent patch the standard library."""
    words = [sys.executable, "-m", "tests.support.commands"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [
        Command(
            **{
                **each,
                "words": tuple(each["words"]),
                "options": tuple(each["options"]),
                "taking": tuple(each["taking"]),
            }
        )
        for each in json.loads(ran.stdout)
    ]
    return {each.words: each for each in found}


def _walked(context: click.Context, *words: str) -> Iterator[Command]:
    command = context.command
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = [option for each in command.get_params(context) for option in each.opts if option[0] == "-"]
    taking = [
        option
        for each in command.params
        if isinstance(each, click.Option) and not each.is_flag
        for option in each.opts
    ]
    yield Command(
        words=words,
        help=command.get_help(context),
        options=tuple(options),
        taking=tuple(taking),
        least=sum(each.required for each in arguments),
        most=-1 if any(each.nargs == -1 for each in arguments) else len(arguments),
        group=isinstance(command, click.Group),
    )
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found, name
            yield from _walked(click.Context(found, context, name, **found.context_settings), *words, name)


if __name__ == "__main__":
    from cli.main import guildhall

    top = click.Context(guildhall, info_name="guildhall", **guildhall.context_settings)
    print(json.dumps([asdict(each) for each in _walked(top)]))  # noqa: T201 - it is a program
