"""A change that may lock everybody out: the host undoes it by itself unless a new connection comes in."""

import shlex
from typing import Final

from paramiko import SSHException
from pyinfra import logger
from pyinfra.api import Host, State, StringCommand
from pyinfra.api.exceptions import ConnectError

from tasks.privileges import privileges
from tasks.settings import ROOT

SECONDS: Final = 90
"""Until the host puts back what was there; three tries to connect take half of it."""
FOLDER: Final = "/var/lib/guildhall/trials"
REVERT: Final = ROOT / "files/host/revert.sh"


def kept(path: str) -> str:
    """Where the host keeps what was at a path."""
    return shlex.quote(f"{FOLDER}/{path.strip('/').replace('/', '-')}")


def revert(path: str, apply: str) -> str:
    """The program that puts it back."""
    told = f"file={shlex.quote(path)} kept={kept(path)}"
    return f"{told}\n{REVERT.read_text().replace('APPLY', apply)}"


def _end(path: str) -> str:
    """Ends the trial; fails where the host has done that by itself: whoever moves the folder is first."""
    here = kept(path)
    name = here.rpartition("/")[2]
    return f"mv {here} {here}.over && rm -rf {here}.over && systemctl stop guildhall-trial-{name}.timer"


def ended(state: State, host: Host, path: str, seconds: int) -> bool:
    """Whether a new connection came in, and so ended the trial of a file before the host did."""
    fresh = type(host.connector)(state, host)
    try:
        fresh.connect()
        stays, _ = fresh.run_shell_command(StringCommand(_end(path)), **privileges(host))
    except (ConnectError, OSError, SSHException, EOFError) as error:
        host.log(
            f"{path}: with it no new connection gets in ({error}); the host puts back what was there "
            f"within {seconds} s, by itself",
            logger.error,
        )
        return False
    finally:
        if client := getattr(fresh, "client", None):
            client.close()
    if not stays:
        host.log(f"{path}: with it the connection hung; the host has put back what was there", logger.error)
    return bool(stays)
