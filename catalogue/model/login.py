"""How an app lets people in through the identity provider."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The app logs in through the identity provider; the client id is the app's name."""

    callback: str
    """Path of the redirect URI, compared strictly."""
    subject: Literal["hashed_user_id", "user_uuid", "user_username"] = "hashed_user_id"
    """What names an account in the app's own database: chosen once, never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saml:
    """The app logs in through the identity provider by SAML, for want of OIDC."""

    acs: str
    """Path that the signed answer is posted to."""
