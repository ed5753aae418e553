"""What a zone lacks of the names that the catalogue wants, and what is in the way."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from urllib.parse import urlsplit

from catalogue import views
from catalogue.model import App, Site
from catalogue.views import DnsRecord
from tasks.dns.conflicts import CAA, blocked, concerns, conflicts, key
from tasks.dns.zones import OLD_MARK, TTL_SECONDS, ZoneRecord, Zones


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a zone lacks, and what in it is not as it should be."""

    zone: str
    mark: str
    """The comment of records that are this environment's."""
    authority: str
    """The host that certificates are asked of."""
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


def plan(
    zone: str, wanted: Sequence[DnsRecord], found: Sequence[ZoneRecord], mark: str, authority: str
) -> Plan:
    """What makes a zone have the wanted records, without a change of any that is not ours.

    A record with the mark of older versions, which names nobody, is taken over if it says what is wanted.
    """
    keys = {key(each) for each in wanted}
    ours = [each for each in found if each.comment == mark or _is_taken_over(each, keys)]
    good = [each for each in ours if each.comment == mark and key(each) in keys and each.ttl == TTL_SECONDS]
    others = [each for each in found if each not in ours]
    rivals = conflicts(wanted, found, ours, authority)
    left, there = blocked(wanted, rivals), {key(each) for each in (*good, *others)}
    return Plan(
        zone=zone,
        mark=mark,
        authority=authority,
        wanted=tuple(wanted),
        add=tuple(each for each in wanted if key(each) not in there and each.name not in left),
        remove=tuple(each for each in ours if each not in good and each.name not in left),
        conflicts=tuple(rivals),
        foreign=tuple(each for each in others if each not in rivals),
    )


def _is_taken_over(found: ZoneRecord, wanted: set[tuple[str, str, str]]) -> bool:
    return found.comment == OLD_MARK and key(found) in wanted


def lines(plan: Plan) -> Iterator[str]:
    """The plan for a person, a record a line, by name."""
    yield from due(plan)
    yield from _left_alone(plan)


def due(plan: Plan) -> Iterator[str]:
    """What of it there is something to do about."""
    gone = list(plan.remove)
    for new in plan.add:
        before = next((each for each in gone if (each.name, each.kind) == (new.name, new.kind)), None)
        if before:
            gone.remove(before)
        yield f"{_shown(plan.zone, new.name)} {new.kind} {new.address}: {_lacking(before, plan.mark)}"
    for each in gone:
        yield f"{_shown(plan.zone, each.name)} {each.kind} {each.data}: unused, ours to remove"
    for each in plan.conflicts:
        yield conflict(plan, each)


def _lacking(before: ZoneRecord | None, mark: str) -> str:
    if not before:
        return "missing"
    if before.comment == OLD_MARK:
        return f"marked by an older version, gets the comment '{mark}'"
    return f"different, is {before.data} for {before.ttl} s"


def conflict(plan: Plan, record: ZoneRecord) -> str:
    """What is in the way, and what to do about it."""
    shown = f"{_shown(plan.zone, record.name)} {record.kind} {record.data}: CONFLICT, not ours and in the way"
    if record.kind == CAA:
        return (
            f"{shown} of certificates from {plan.authority}; remove it, or add one that names that authority"
        )
    return f"{shown}; remove it, or give it the comment '{plan.mark}'"


def against(plan: Plan, names: AbstractSet[str]) -> list[ZoneRecord]:
    """The conflicts that some of these names are in."""
    return [each for each in plan.conflicts if any(concerns(each, name) for name in names)]


def _left_alone(plan: Plan) -> Iterator[str]:
    old = [each for each in plan.foreign if each.comment == OLD_MARK]
    if foreign := _names(each for each in plan.foreign if each not in old):
        yield f"{plan.zone}: foreign, left alone: {foreign}"
    if old:
        yield (
            f"{plan.zone}: marked by an older version, left alone: {_names(old)}; "
            f"if it is of this environment, remove it, or give it the comment '{plan.mark}'"
        )


def _names(records: Iterable[ZoneRecord]) -> str:
    return ", ".join(sorted({f"{each.name or '@'} {each.kind}" for each in records}))


def _shown(zone: str, name: str) -> str:
    return f"{name}.{zone}" if name else zone


def plans(apps: Sequence[App], site: Site, zones: Zones) -> list[Plan]:
    """One for each domain of the site; ValueError if a zone cannot be read, or an app has no place."""
    views.check_placement(apps, site)
    wanted = views.dns_records(apps, site)
    return [
        plan(
            zone,
            [each for each in wanted if each.zone == zone],
            zones.records(zone),
            views.dns_mark(site),
            urlsplit(site.acme_server).hostname or "",
        )
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
            zones.change(each.zone, each.remove, each.add, each.mark)
            yield f"{each.zone}: changed"
