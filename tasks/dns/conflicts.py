"""Records of others that keep wanted names from doing what they shall: pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from catalogue.views import DnsRecord
from tasks.dns.zones import ZoneRecord

LEADING: Final = {"A", "AAAA", "ALIAS", "CNAME"}
"""Types that lead the visitors of their own name somewhere."""
HANDING: Final = {"NS", "CNAME", "DNAME"}
"""Types that hand their name, and with it all below, to others."""
CAA: Final = "CAA"
ISSUERS: Final = {"acme.zerossl.com": "sectigo.com"}
"""An authority's server: its name in CAA records, where that is no part of the server's own."""


def conflicts(
    wanted: Sequence[DnsRecord], found: Sequence[ZoneRecord], ours: Iterable[ZoneRecord], authority: str
) -> list[ZoneRecord]:
    """What of a zone is not ours, and in the way of a wanted name or of its certificate.

    `authority` is the host that certificates are asked of.
    """
    mine = set(ours)
    refusing = {each for name in {each.name for each in wanted} for each in _refusing(name, found, authority)}
    keys = {key(each) for each in wanted}
    return [
        each
        for each in found
        if each not in mine and (each in refusing or any(_against(each, name.name, keys) for name in wanted))
    ]


def blocked(wanted: Iterable[DnsRecord], conflicts: Sequence[ZoneRecord]) -> set[str]:
    """The wanted names that stay as they are; one that only gets no certificate can lead where it shall."""
    return {
        each.name
        for each in wanted
        for other in conflicts
        if other.kind in LEADING | HANDING and concerns(other, each.name)
    }


def concerns(record: ZoneRecord, name: str) -> bool:
    """It speaks of the name itself, or of all below its own; addresses are of their own name alone."""
    return record.name == name or (record.kind not in LEADING - HANDING and record.name in above(name))


def key(record: DnsRecord | ZoneRecord) -> tuple[str, str, str]:
    return record.name, record.kind, record.address if isinstance(record, DnsRecord) else record.data


def above(name: str) -> tuple[str, ...]:
    """A name, and those that it lies below, up to the zone's own, which is empty."""
    labels = name.split(".") if name else []
    return tuple(".".join(labels[start:]) for start in range(len(labels) + 1))


def _against(record: ZoneRecord, name: str, wanted: set[tuple[str, str, str]]) -> bool:
    """It says of the name what a wanted record says otherwise, or takes it out of the zone."""
    if record.kind in LEADING and record.name == name:
        return key(record) not in wanted
    own = record.kind == "NS" and not record.name  # the zone's own name servers
    return record.kind in HANDING and record.name in above(name) and not own


def _refusing(name: str, found: Iterable[ZoneRecord], authority: str) -> Sequence[ZoneRecord]:
    """The CAA records that keep the authority from giving out a certificate (RFC 8659, section 3)."""
    if name == "*":  # nothing asks for a certificate of all names
        return ()
    here = [[each for each in found if (each.name, each.kind) == (place, CAA)] for place in above(name)]
    closest = next(filter(None, here), [])
    issue = [(each, value) for each in closest for value in _issuers(each.data)]
    return () if any(_is(value, authority) for _, value in issue) else [each for each, _ in issue]


def _issuers(data: str) -> Iterator[str]:
    """Whom a CAA record lets issue: a domain, empty for nobody; nothing if it speaks of something else."""
    _, tag, value = [*data.split(None, 2), "", "", ""][:3]
    if tag.lower() == "issue":
        yield value.strip('"').partition(";")[0].strip().lower()


def _is(issuer: str, authority: str) -> bool:
    return bool(issuer) and (f".{authority}".endswith(f".{issuer}") or ISSUERS.get(authority) == issuer)
