"""Who is kept out for a while: fail2ban reads the journal, and the packet filter's kernel ends each ban."""

from collections.abc import Iterable
from typing import Final

from tasks.host.config_file import Holds, rendered, verbatim
from tasks.host.settings import Setting

FOLDER: Final = "/etc/fail2ban"
UNIT: Final = "fail2ban"
# Its package comes later: on a bare host nothing is started anew, and its first start reads all of this.
APPLY: Final = (
    f"! command -v fail2ban-client >/dev/null || "
    f"{{ fail2ban-client --test >/dev/null && systemctl --quiet enable {UNIT} && systemctl restart {UNIT}; }}"
)
HOLDS: Final = Holds(enabled=(f"{UNIT}.service",), active=(f"{UNIT}.service",))


def bans(trusted: Iterable[str], edge: str) -> list[Setting]:
    """Before its package, lest its own settings lock out who has just failed a few times."""
    return [
        Setting(
            name="bans: words",
            path=f"{FOLDER}/fail2ban.d/guildhall.conf",
            content=verbatim("fail2ban-server.conf"),
            unit=UNIT,
            apply=APPLY,
        ),
        Setting(
            name="bans: packet filter",
            path=f"{FOLDER}/action.d/guildhall.conf",
            content=verbatim("fail2ban-action.conf"),
            unit=UNIT,
            apply=APPLY,
        ),
        Setting(
            name="bans: the edge's log",
            path=f"{FOLDER}/filter.d/guildhall-edge.conf",
            content=verbatim("fail2ban-edge.conf"),
            unit=UNIT,
            apply=APPLY,
        ),
        Setting(
            name="bans: who and how long",
            path=f"{FOLDER}/jail.d/guildhall.conf",
            content=rendered("fail2ban.conf.j2", trusted=list(trusted), edge=edge),
            unit=UNIT,
            apply=APPLY,
            holds=HOLDS,
        ),
    ]
