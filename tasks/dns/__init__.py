"""Public names: what the zones have, what the catalogue wants, and what makes the one the other."""

from tasks.dns.planning import Plan, against, apply, conflict, due, lines, plan, plans, report
from tasks.dns.zones import OLD_MARK, TTL_SECONDS, DomainApi, ZoneRecord, Zones

__all__ = [
    "OLD_MARK",
    "TTL_SECONDS",
    "DomainApi",
    "Plan",
    "ZoneRecord",
    "Zones",
    "against",
    "apply",
    "conflict",
    "due",
    "lines",
    "plan",
    "plans",
    "report",
]
