"""Whether Zabbix hears of every server, and has what the records say."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pyinfra.api import Host

from catalogue.model import App
from tasks import run, zabbix
from tasks.run import Finding

PAUSE_SECONDS: Final = 5


def agents(
    host: Host, here: Sequence[App], wait_seconds: int, waits: Callable[[str], None]
) -> Iterator[Finding]:
    """Two rows of a host that runs a Zabbix; an agent may take a minute until it is heard of."""
    this, end = run.current(), time.monotonic() + wait_seconds
    for app in (each for each in here if each.zabbix and each.present):
        hosts = zabbix.reporting(app, this.apps, this.site)
        while (found := zabbix.look(host, app)).problem or zabbix.silent(hosts, found):
            if time.monotonic() > end:
                break
            waits(f"for {app.name} to hear of {', '.join(zabbix.silent(hosts, found))}")
            time.sleep(PAUSE_SECONDS)
        wanted = zabbix.wanted(app, this.apps, this.site, this.secrets[app.name])
        unlike = [] if found.problem else zabbix.unlike(wanted, found)
        for subject, wrong, good in rows(found, hosts, unlike):
            yield Finding(
                host=host.name, check=app.name, subject=subject, passed=not wrong, detail=wrong or good
            )


def rows(found: zabbix.Found, hosts: Sequence[str], unlike: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Subject, what is wrong with it, and what is good otherwise."""
    silent = zabbix.silent(hosts, found)
    wrong = found.problem or (f"not heard of: {', '.join(silent)}" if silent else "")
    yield "agents", wrong, f"{len(hosts)} servers report"
    if not found.problem:
        yield "settings", f"{'; '.join(unlike)}: deploy" if unlike else "", "as the records say"
