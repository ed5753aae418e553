"""How an app lets people in through the identity provider."""

from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require
from catalogue.model.forms import Path


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

    def validate(self) -> None:
        require(1 <= self.token_hours <= 24, f"token_hours {self.token_hours} is not between 1 and 24")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saml(Record):
    """The app logs in through the identity provider by SAML, for want of OIDC."""

    acs: Path
    """Path that the signed answer is posted to."""
