"""`guildhall completion`."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the lines that let a shell complete commands and their options.

    \b
    bash  put  eval "$(guildhall completion bash)"  into ~/.bashrc
    zsh   put  eval "$(guildhall completion zsh)"  into ~/.zshrc
    fish  guildhall completion fish > ~/.config/fish/completions/guildhall.fish
    """
    made = get_completion_class(shell)
    assert made, "each choice is a shell that Click knows"  # noqa: S101 - for the type checker
    click.echo(made(ctx.find_root().command, {}, "guildhall", "_GUILDHALL_COMPLETE").source())
