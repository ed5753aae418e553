"""Public hostnames, and how the edge treats what comes to them."""

from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require
from catalogue.model.forms import EncodedCharacters, Label, Line, Name, Path, PortNumber, Positive

Domain = Literal["public", "ops"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Record):
    """An address that the edge answers with another: a pattern over the whole URL, and what replaces it.

    Capitals and small letters are the same to it.
    """

    pattern: Line
    replacement: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(Record):
    """How often one address may ask; counted outside the edge, so that its restart forgives nobody.

    While the store is away, the edge answers 500 (traefik/traefik v3.7.9,
    pkg/middlewares/ratelimiter/rate_limiter.go).
    """

    per_minute: Positive
    burst: Positive
    """Requests at once that are let through before the limit counts.

    Traefik forgets who pauses for two seconds (`ttl` in the same place), and lets a whole burst through
    again: what is above two seconds' share of `per_minute` raises the limit itself.
    """
    store: Name
    """The Redis that keeps the counters: its alias on the network with the edge, `<app>-<service>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Record):
    """A public hostname and the service that answers it."""

    host: Label
    """First label of the name: `wiki` for wiki.example.org; `@` for example.org itself.

    Federated programs are found by files of the bare domain, below `/.well-known/`: name them in `paths`, and
    the rest of it stays free for another app of the same server.
    """
    domain: Domain
    service: Name
    port: PortNumber
    paths: tuple[Path, ...] = ()
    """Path prefixes that the route is for; none: every path that no other route of the name has."""
    forward_auth: bool = False
    """The edge lets through only whom the identity provider knows as a member of the app's group."""
    closed_paths: tuple[Path, ...] = ()
    """Path prefixes that nobody outside may ask for."""
    viewed_paths: tuple[Path, ...] = ()
    """Those of `closed_paths` that may be looked at, not posted to; what is below them is closed."""
    redirects: tuple[Redirect, ...] = ()
    encoded: EncodedCharacters = ""
    """What its paths have percent-encoded, of `%#?;/\\`: names of files, say. The edge refuses the others.

    A program that decodes `%2f` sees another path than the edge did, which chose the route by it.
    """
    rate_limit: RateLimit | None = None
    own_headers: bool = False
    """The program sends its own security headers, or its pages stand in frames of others.

    The edge then adds none but `Strict-Transport-Security`, which is about the edge itself.
    """
    login_path: Path | None = None
    """Where a login begins: it redirects to the identity provider, or tells a script the way.

    `verify` tries it beside its own question to the identity provider. None: only a page's script knows it.
    """
    login_page: Path | None = None
    """The page whose button posts to `login_path`, with the page's token; None: a link or script gets it."""

    def validate(self) -> None:
        for path in self.viewed_paths:
            require(
                path in self.closed_paths,
                f"route '{self.host}': viewed path '{path}' is not closed; add it to closed_paths",
            )
