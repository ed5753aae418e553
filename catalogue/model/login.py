"""How an app lets people in through the identity provider."""

from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require, unique
from catalogue.model.forms import Expression, Path, RedirectUri, Term

ALWAYS = ("openid", "profile", "email")
"""What every client may ask for."""
OFFLINE = "offline_access"
"""The one beyond them that the identity provider brings."""
KNOWN = {"sub", "name", "given_name", "preferred_username", "nickname", "groups", "email", "email_verified"}
"""What is told under `ALWAYS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Record):
    """What a program wants to be told of a person and no other is."""

    name: Term
    """As the program calls it: `immich_role`."""
    expression: Expression
    """Its value, in Python as the identity provider's property mappings have it, about `request.user`.

    See "Expressions" at docs.goauthentik.io. It can see everything of a person; say no more than is needed.
    """
    scope: Term = "profile"
    """The scope that it is told under."""

    def validate(self) -> None:
        require(
            self.name not in KNOWN,
            f"claim '{self.name}' is told to every app already; drop it, or give it another name",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc(Record):
    """The app logs in through the identity provider; the client id is the app's name."""

    callback: Path
    """Path of the redirect URI, compared strictly."""
    subject: Literal["hashed_user_id", "user_uuid", "user_username"] = "hashed_user_id"
    """What names an account in the app's own database: chosen once, never changed."""
    token_hours: int = 1
    """How long its access token is good.

    An app that ends its sessions with the token wants a working day; so long may stay in who left the group.
    """

    redirect_uris: tuple[RedirectUri, ...] = ()
    """Further ones, compared strictly too: paths, or whole addresses, as `app.immich:///oauth-callback`.

    Programs on phones and desktops come back by a scheme of their own or to the loopback address
    (RFC 8252, section 7); a web app with several pages that people come back to has several paths.
    """
    scopes: tuple[Term, ...] = ()
    """What the app may ask for beyond `openid profile email`; the identity provider drops all else unsaid.

    `offline_access` gives it tokens that last, and people are asked to agree at each login. Another name
    is told its `claims`, or nothing: some programs refuse to go on without a scope that they asked for.
    """
    claims: tuple[Claim, ...] = ()
    """What it is told beyond names, address and groups."""

    def validate(self) -> None:
        unique("redirect URI", (self.callback, *self.redirect_uris))
        unique("scope", (*ALWAYS, *self.scopes))
        unique("claim", (claim.name for claim in self.claims))
        for claim in self.claims:
            require(
                claim.scope in (*ALWAYS, *self.scopes),
                f"claim '{claim.name}': nobody asks for its scope '{claim.scope}'; add it to scopes",
            )
        require(1 <= self.token_hours <= 24, f"token_hours {self.token_hours} is not between 1 and 24")

    @property
    def own_scopes(self) -> dict[str, tuple[Claim, ...]]:
        """The claims of each scope that the identity provider brings no mapping for."""
        named = dict.fromkeys((*self.scopes, *(claim.scope for claim in self.claims)))
        return {
            scope: tuple(claim for claim in self.claims if claim.scope == scope)
            for scope in named
            if scope != OFFLINE
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Saml(Record):
    """The app logs in through the identity provider by SAML, for want of OIDC."""

    acs: Path
    """Path that the signed answer is posted to."""
