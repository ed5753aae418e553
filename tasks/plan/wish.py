"""What a plan is asked about."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a run is about, as pyinfra's command line takes it."""

    deploys: tuple[str, ...]
    """Deploy files."""
    limit: tuple[str, ...] = ()
    """Hosts and groups; none: all of the inventory."""
    app: str = ""
    """One app; empty: all."""
    diff: bool = False
    """Files are compared line by line, too."""
    outside: bool = False
    """Registries are asked for new tags, and in a run about everything the provider for public names."""

    @property
    def words(self) -> list[str]:
        """pyinfra's own."""
        limits = [word for pattern in self.limit for word in ("--limit", pattern)]
        app = ["--data", f"app={self.app}"] if self.app else []
        return [*(["--diff"] if self.diff else []), *limits, *app, "inventory.py", *self.deploys]


def wished(
    deploys: tuple[str, ...], limit: tuple[str, ...], app: str, kept: dict[str, Any] | None = None
) -> Wish:
    """What a plan that was kept is about, or else these; ValueError if both are said."""
    if kept is None:
        return Wish(deploys=deploys, limit=limit, app=app, outside=True)
    if limit or app:
        raise ValueError("the plan says itself what it is about; leave --limit and --app out")
    deploys, limit = tuple(kept["deploys"]), tuple(kept["limit"])
    return Wish(deploys=deploys, limit=limit, app=kept["app"], outside=True)


class UnreachableError(Exception):
    """Hosts that nobody can connect to, and nothing was changed on any."""

    def __init__(self, hosts: dict[str, str]) -> None:
        """`hosts`: name, and why."""
        lines = [f"{name}: NOT REACHED: {why}" for name, why in hosts.items()]
        super().__init__("\n".join([*lines, "nothing was changed; --skip-unreachable goes on without"]))
