"""What the operations of a whole server compare with: one exec reads all of it."""

from tasks.host.debian import PACKAGES, Debian
from tasks.host.docker import BOOT, CONTAINERS, engine
from tasks.host.firewall import setting
from tasks.host.people import GROUP
from tasks.program import Asked

UNITS = ("docker.service", f"{CONTAINERS}.service", f"{BOOT}.service")


def asked(this: Debian) -> Asked:
    """All of it, whatever the files of this host will say."""
    docker = engine({})
    settings = (*this.before, *this.after, setting(""), *docker.before, *docker.containers, *docker.boot)
    whole = Asked(
        units=frozenset(UNITS),
        packages=frozenset((*PACKAGES, *docker.packages)),
        accounts=frozenset(this.people),
        groups=frozenset((GROUP,)),
    )
    for each in settings:
        whole |= each.asked
    return whole
