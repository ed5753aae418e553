"""What the operations of a whole server compare with: one exec reads all of it."""

from tasks.host.debian import PACKAGES, Debian
from tasks.host.docker import BOOT, CONTAINERS, engine
from tasks.host.firewall import setting as rules
from tasks.host.people import GROUP
from tasks.host.readonly import setting as readonly
from tasks.program import Asked

UNITS = ("docker.service", f"{CONTAINERS}.service", f"{BOOT}.service")


def asked(this: Debian) -> Asked:
    """All of it, whatever the files of this host will say."""
    docker = engine({})
    own = (*this.before, *this.after, rules(""), readonly(""))
    whole = Asked(
        units=frozenset(UNITS),
        packages=frozenset((*PACKAGES, *docker.packages)),
        accounts=frozenset(this.people),
        groups=frozenset((GROUP,)),
    )
    for each in (*own, *docker.before, *docker.containers, *docker.boot):
        whole |= each.asked
    return whole
