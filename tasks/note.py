"""What a plan found is left on the hosts, where node-exporter finds it."""

import time
from collections.abc import Iterator

from paramiko import SSHException
from pyinfra import context

from tasks.host import NOTE
from tasks.plan import Plan, noted, worked_on
from tasks.privileges import privileges


def note(made: Plan) -> Iterator[str]:
    """Leaves it on each host of which something is known; a line for each where that cannot be done."""
    for each in made.hosts:
        if not (each.unreachable or each.problem):
            host = worked_on(context.ctx_state).inventory.get_host(each.name)
            told = "".join(f"{line}\n" for line in noted(each, time.time()))
            try:
                good, output = host.run_shell_command(NOTE, _stdin=told, **privileges(host))
                why = "" if good else output.stderr.strip() or "it does not say why"
            except (OSError, SSHException) as error:
                why = f"the connection broke ({error})"
            if why:
                yield f"{each.name}: this could not be noted there: {why}"
