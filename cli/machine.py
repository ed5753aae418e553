"""What a machine reads on standard output: JSON and nothing else, whatever happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tasks import faults, plan


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """An error is JSON as well, before it goes on its way to standard error and the exit code."""
    try:
        yield
    except Exception as error:
        if as_json and not faults.debugging():
            click.echo(json.dumps(plan.failed(faults.line(error)), indent=2))
        raise
