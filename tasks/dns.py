"""Public names at Scaleway's Domains and DNS, and what brings them where the catalogue says: see `--help`."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from catalogue import APPS, views
from catalogue.site import Site
from catalogue.views import DnsRecord
from tasks import servers
from tasks.domains import OURS, TTL_SECONDS, Found, Zones
from tasks.settings import load

COMMAND: Final = "python -m tasks.dns"
ALIASES: Final = {"CNAME", "ALIAS"}
"""Types that lead a whole name elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a zone lacks, and what in it is not as it should be."""

    zone: str
    wanted: tuple[DnsRecord, ...]
    add: tuple[DnsRecord, ...]
    remove: tuple[Found, ...]
    conflicts: tuple[Found, ...]
    """Not ours, and in the way: their names are left as they are."""
    foreign: tuple[Found, ...]
    """Not ours, and in nobody's way."""

    @property
    def changes(self) -> bool:
        return bool(self.add or self.remove)


def plan(zone: str, wanted: Sequence[DnsRecord], found: Sequence[Found]) -> Plan:
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


def _key(record: DnsRecord | Found) -> tuple[str, str, str]:
    return record.name, record.kind, record.address if isinstance(record, DnsRecord) else record.data


def _in_the_way(found: Found, wanted: Iterable[DnsRecord]) -> bool:
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


def plans(site: Site, zones: Zones) -> list[Plan]:
    """One for each domain of the site; ValueError if a zone cannot be read."""
    wanted = views.dns_records(APPS, site)
    return [
        plan(zone, [each for each in wanted if each.zone == zone], zones.records(zone))
        for zone in dict.fromkeys(site.domains.values())
    ]


def check(site: Site, zones: Zones) -> int:
    """Prints what differs; 0 nothing, 2 something, 1 something that only a person can solve."""
    found = plans(site, zones)
    _print(found)
    if any(each.conflicts for each in found):
        return 1
    return 2 if any(each.changes for each in found) else 0


def apply(site: Site, zones: Zones) -> int:
    """Prints what differs and changes it, conflicts excepted; 0 all is well, 1 it is not."""
    found = plans(site, zones)
    _print(found)
    for each in found:
        if each.changes:
            zones.change(each.zone, each.remove, each.add)
            sys.stdout.write(f"{each.zone}: changed\n")
    return 1 if any(each.conflicts for each in found) else 0


def _print(found: Iterable[Plan]) -> None:
    for each in found:
        sys.stdout.write("".join(f"{line}\n" for line in lines(each)))
        state = "" if each.changes or each.conflicts else ", all as they should be"
        sys.stdout.write(f"{each.zone}: {len(each.wanted)} records are wanted{state}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Public names, as the catalogue wants them.")
    commands = parser.add_subparsers(required=True)
    known: dict[str, tuple[Callable[[Site, Zones], int], str]] = {
        "check": (check, "say what is missing, different, unused or foreign; exit code 2 if apply would act"),
        "apply": (apply, f"make it so; a record without the comment '{OURS}' is never changed"),
    }
    for name, (run, text) in known.items():
        commands.add_parser(name, help=text, description=text).set_defaults(run=run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 nothing to do or done, 1 a problem, 2 there is something to do (check)."""
    args = _parser().parse_args(arguments)
    try:
        return int(args.run(servers.site(load()), Zones()))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("stopped before the end; it can be run again\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
