"""What the zones at the provider say against the public names of a host."""

import os
from collections.abc import Iterator, Sequence

from catalogue.model import App, Host, Site
from tasks import dns
from tasks.run import Finding


def names_in_zones(host: Host, apps: Sequence[App], site: Site) -> Iterator[Finding]:
    """A row a zone that has names of the host; none without the provider's key: names may lie elsewhere."""
    if not os.environ.get("SCW_ACCESS_KEY"):
        return
    try:
        found = dns.plans(apps, site, dns.Zones())
    except ValueError as error:
        detail = f"not looked at: {error}"
        yield Finding(host=host.name, check="dns", subject="zones", passed=True, detail=detail)
        return
    for plan in found:
        names = {each.name for each in plan.wanted if each.address in host.public_addresses}
        wrong = [dns.conflict(plan, each) for each in dns.against(plan, names)]
        if names:
            yield Finding(
                host=host.name,
                check="dns",
                subject=f"zone {plan.zone}",
                passed=not wrong,
                detail="; ".join(wrong) or "nothing is in the way",
            )
