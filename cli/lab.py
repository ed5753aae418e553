"""`guildhall lab`."""

import click

from lab import demo, faults, lifecycle, ssh
from lab.layout import MACHINES


@click.group()
def command() -> None:
    """Throwaway servers on this machine, with stand-ins for the managed services."""


@command.command()
def up() -> None:
    """Start the servers and services that do not run."""
    lifecycle.up()


@command.command()
def down() -> None:
    """Stop everything; images stay."""
    lifecycle.down()


@command.command()
def reset() -> None:
    """Stop everything and delete all that the lab ever made."""
    lifecycle.reset()


@command.command()
def status() -> int:
    """Say which servers and services run.

    Exit code 1 if anything does not.
    """
    return 0 if lifecycle.status() else 1


@command.command("demo")
def demo_() -> None:
    """Deploy everything, prove it, and say what there is to see."""
    demo.demo()


@command.command("bench")
def bench_() -> None:
    """Make the servers anew and measure how long runs take."""
    from lab import bench  # noqa: PLC0415 - it speaks SSH itself, and a Tab shall not wait for that

    bench.bench()


@command.command("pictures")
def pictures_() -> None:
    """Draw the pictures of docs/plan.md anew, from what commands say of the throwaway servers."""
    from lab import pictures  # noqa: PLC0415 - a Tab shall not wait for it

    pictures.pictures()


@command.command("proof")
def proof_() -> int:
    """Start real programs as their records say, and try what is said of them.

    Those that a registry or a package has. Exit code 1 if one broke a clause, or could not be tried.
    """
    from lab import proof  # noqa: PLC0415 - it renders releases, and a Tab shall not wait for that

    return 1 if proof.main() else 0


FAULT = click.argument("fault", type=click.Choice(list(faults.FAULTS)))
ON = click.argument("host", metavar="[HOST]", default="", required=False)


@command.command("break")
@FAULT
@ON
def break_(fault: str, host: str) -> None:
    """Break something on purpose; the alert that follows has a page in docs/runbooks."""
    click.echo(faults.break_(fault, host))


@command.command()
@FAULT
@ON
def mend(fault: str, host: str) -> None:
    """Mend what was broken, without what the runbook would look at first."""
    click.echo(faults.mend(fault, host))


@command.command("ssh", context_settings={"ignore_unknown_options": True})
@click.argument("host", metavar="HOST", type=click.Choice([machine.name for machine in MACHINES]))
@click.argument("words", metavar="[COMMAND]...", nargs=-1, type=click.UNPROCESSED)
def ssh_(host: str, words: tuple[str, ...]) -> None:
    """A shell on a throwaway server, or one command there."""
    ssh.enter(host, list(words))
