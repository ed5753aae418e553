"""What a zone lacks of the names that the catalogue wants, and what is in the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from catalogue import views
from catalogue.model import App, Site
from catalogue.views import DnsRecord
from tasks.dns.zones import OURS, TTL_SECONDS, ZoneRecord, Zones

ALIASES: Final = {"CNAME", "ALIAS"}
"""Types that lead a whole name elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a zone lacks, and what in it is not as it should be."""

    zone: str
    wanted: tuple[DnsRecord, ...]
    add: tuple[DnsRecord, ...]
    remove: tuple[ZoneRecord, ...]
    conflicts: tuple[ZoneRecord, ...]
    """Not ours, and in the way: their names are left as they are."""
    foreign: tuple[ZoneRecord, ...]
    """Not ours, and in nobody's way."""

    @property
    def changes(self) -> bool:
        return bool(self.add or self.remove)


def plan(zone: str, wanted: Sequence[DnsRecord], found: Sequence[ZoneRecord]) -> Plan:
    """What makes a zone have the wanted records, without a change of any that is not ours."""
    ours, others = [each for each in found if each.ours], [each for each in found if not each.ours]
    conflicts = [each for each in others if _in_the_way(each, wanted)]
    left = {each.name for each in conflicts}
    keys = {_key(each) for each in wanted}
    good = [each for each in ours if _key(each) in keys and each.ttl == TTL_SECONDS]
    there = {_key(each) for each in (*good, *others)}
    return Plan(
        zone=zone,
        wanted=tuple(wanted),
        add=tuple(each for each in wanted if _key(each) not in there and each.name not in left),
        remove=tuple(each for each in ours if each not in good and each.name not in left),
        conflicts=tuple(conflicts),
        foreign=tuple(each for each in others if each not in conflicts),
    )


def _key(record: DnsRecord | ZoneRecord) -> tuple[str, str, str]:
    return record.name, record.kind, record.address if isinstance(record, DnsRecord) else record.data


def _in_the_way(found: ZoneRecord, wanted: Iterable[DnsRecord]) -> bool:
    """Somebody else's record says of a name what a wanted one says otherwise."""
    rivals = [each for each in wanted if each.name == found.name and found.kind in {each.kind, *ALIASES}]
    return bool(rivals) and _key(found) not in map(_key, rivals)


def lines(plan: Plan) -> Iterator[str]:
    """The plan for a person, a record a line, by name."""
    gone = list(plan.remove)
    for new in plan.add:
        before = next((each for each in gone if (each.name, each.kind) == (new.name, new.kind)), None)
        if before:
            gone.remove(before)
        what = f"different, is {before.data} for {before.ttl} s" if before else "missing"
        yield f"{_shown(plan.zone, new.name)} {new.kind} {new.address}: {what}"
    for each in gone:
        yield f"{_shown(plan.zone, each.name)} {each.kind} {each.data}: unused, ours to remove"
    for each in plan.conflicts:
        yield (
            f"{_shown(plan.zone, each.name)} {each.kind} {each.data}: CONFLICT, not ours and in the way; "
            f"remove it, or give it the comment '{OURS}'"
        )
    names = sorted({f"{each.name or '@'} {each.kind}" for each in plan.foreign})
    if names:
        yield f"{plan.zone}: foreign, left alone: {', '.join(names)}"


def _shown(zone: str, name: str) -> str:
    return f"{name}.{zone}" if name else zone


def plans(apps: Sequence[App], site: Site, zones: Zones) -> list[Plan]:
    """One for each domain of the site; ValueError if a zone cannot be read, or an app has no place."""
    views.check_placement(apps, site)
    wanted = views.dns_records(apps, site)
    return [
        plan(zone, [each for each in wanted if each.zone == zone], zones.records(zone))
        for zone in dict.fromkeys(site.domains.values())
    ]


def report(found: Iterable[Plan]) -> Iterator[str]:
    """What there is to say of all zones, a line each."""
    for each in found:
        yield from lines(each)
        state = "" if each.changes or each.conflicts else ", all as they should be"
        yield f"{each.zone}: {len(each.wanted)} records are wanted{state}"


def apply(found: Iterable[Plan], zones: Zones) -> Iterator[str]:
    """Changes each zone that has something to change, and says so; conflicts are left as they are."""
    for each in found:
        if each.changes:
            zones.change(each.zone, each.remove, each.add)
            yield f"{each.zone}: changed"
