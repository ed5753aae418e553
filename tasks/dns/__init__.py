"""Public names: what the zones have, what the catalogue wants, and what makes the one the other."""

from tasks.dns.planning import Plan, apply, lines, plan, plans, report
from tasks.dns.zones import OURS, TTL_SECONDS, DomainApi, ZoneRecord, Zones

__all__ = [
    "OURS",
    "TTL_SECONDS",
    "DomainApi",
    "Plan",
    "ZoneRecord",
    "Zones",
    "apply",
    "lines",
    "plan",
    "plans",
    "report",
]
