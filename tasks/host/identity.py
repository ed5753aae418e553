"""What a server knows of itself: the name and the environment that its first deploy gave it."""

import json
from collections.abc import Generator
from typing import Final

from pyinfra import host, logger
from pyinfra.api import StringCommand, deploy, operation

from tasks import program
from tasks.host.applied import compared

FILE: Final = "/etc/guildhall/host.json"
READ: Final = f"if [ -e {FILE} ]; then cat {FILE}; fi"
# Root's alone from its birth on, and never there in part.
WRITE: Final = (
    f"umask 077; mkdir -p /etc/guildhall && cat >{FILE}.new && sync {FILE}.new && mv -f {FILE}.new {FILE}"
)


def written(name: str, environment: str) -> str:
    """What the file says of a server."""
    return json.dumps({"name": name, "environment": environment})


def refusal(found: str, name: str, environment: str) -> str:
    """Why a server whose file says so must not be touched under this name; empty if it may."""
    if not found.strip():
        return ""
    try:
        known = json.loads(found)
        own = known["name"], known["environment"]
    except (ValueError, KeyError, TypeError):
        return (
            f"{FILE} is damaged, so nobody knows which server this is: nothing was changed; "
            "look at it, remove it there, and deploy again"
        )
    if own == (name, environment):
        return ""
    return (
        f"this server is '{own[0]}' of {own[1]}, and not '{name}' of {environment}: nothing was changed; "
        f"correct its addresses, or, to rename the server on purpose, remove {FILE} there"
    )


@deploy("Host")
def identified() -> bool:
    """Whether the server may be brought to what is wanted of its name; one that has none yet is given it.

    Under another name it fails, and the others go on: its apps would be retired for those of the other.
    """
    known, environment = program.read(host), host.data.environment
    problem = known.problem or refusal(known.identity, host.name, environment)
    if problem:
        host.log(problem, logger.error)
        # By hand: without -y pyinfra's own function would ask, amid the plan, whether the others may go on.
        # `host` is whichever host is worked on where it is looked at; this one is meant.
        this = host.state.inventory.get_host(host.name)
        host.state.failed_hosts.add(this)
        host.state.active_hosts.discard(this)
        return False
    remembered(name="identity: name and environment", found=known.identity, environment=environment)
    return True


@operation()
def remembered(found: str, environment: str) -> Generator[StringCommand]:
    """The server knows its name from here on."""
    wanted = {"name": f"{host.name} of {environment}"}
    if compared(wanted, wanted if found.strip() else {}):
        host.noop("it knows its name")
        return
    yield StringCommand(WRITE, _stdin=written(host.name, environment))
