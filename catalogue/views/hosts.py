"""What servers need to know of each other: who is never banned, and who starts anew when."""

import re
from collections.abc import Mapping
from itertools import combinations

from catalogue.model import Host, Site, require

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60
WEEK = len(DAYS) * DAY
APART = 30
"""Minutes between two servers that start anew: each is back and looked at before the next one goes."""


def trusted(site: Site) -> tuple[str, ...]:
    """Addresses and networks that nothing locks out: operators', all servers', and those of containers."""
    servers = {each for host in site.hosts for each in (host.private_ip, *host.public_addresses)}
    return (*site.operator_addresses, *sorted(servers), site.docker_address_pool)


def reboot_windows(site: Site) -> Mapping[str, str]:
    """Host: weekday and time at which it may start anew; ValueError if it has none, or two have one."""
    minutes = {host.name: _minute(host, site) for host in site.hosts}
    for one, other in combinations(minutes, 2):
        between = abs(minutes[one] - minutes[other])
        require(
            APART <= between <= WEEK - APART,
            f"reboots: {one} and {other} would start anew within {APART} minutes of each other "
            f"({_text(minutes[one])}, {_text(minutes[other])}); write times further apart, in group_data",
        )
    return {name: _text(minute) for name, minute in minutes.items()}


def _minute(host: Host, site: Site) -> int:
    """Of the week; servers of one group follow each other."""
    group = _group(host, site)
    place = [each.name for each in site.hosts if _group(each, site) == group].index(host.name)
    day, hour, minute = re.split("[ :]", site.reboots[group])
    return (DAYS.index(day) * DAY + int(hour) * 60 + int(minute) + place * APART) % WEEK


def _group(host: Host, site: Site) -> str:
    found = [name for name in site.reboots if name in ("all", *host.groups)]
    require(
        found,
        f"reboots: no group of {host.name} has a time; write one for it, as in Sun 03:00, in group_data",
    )
    return found[0]


def _text(minute: int) -> str:
    day, rest = divmod(minute, DAY)
    return f"{DAYS[day]} {rest // 60:02}:{rest % 60:02}"
