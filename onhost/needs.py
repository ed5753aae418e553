"""What an app needs before it is touched."""

from __future__ import annotations

import time

from onhost.programs import StepError
from onhost.work import Job

PAUSE = 2


def met(job: Job, *, new: bool) -> None:
    """All that the app needs answers. The identity provider may be at its first start, as a new app is."""
    patience = job.run.wait_at_first if new else job.run.wait
    for need in job.order.needs:
        while not _is_met(job, need):
            if time.monotonic() > job.host.started + patience:
                raise StepError(f"its {need} does not answer after {patience} s")
            time.sleep(PAUSE)


def _is_met(job: Job, need: str) -> bool:
    try:
        job.host.programs.run(*_question(job, need), limit=10, what=need)
    except StepError:
        return False
    return True


def _question(job: Job, need: str) -> tuple[str, ...]:
    if need == "database":
        where = ("--host", job.run.postgres_host, "--port", str(job.run.postgres_port))
        return ("pg_isready", "--quiet", *where, "--timeout", "3")
    address, _, at = need.partition("@")
    detour = ("--connect-to", f"::{at}") if at else ()
    return ("curl", "--fail", "--silent", "--output", "/dev/null", "--max-time", "5", address, *detour)
