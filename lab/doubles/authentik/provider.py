"""An OIDC provider with authentik's rules and refusals; who may sign in where stands in the objects."""

import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ..oidc import challenge
from .accounts import EVERY, PEOPLE
from .expressions import Asked, User, evaluated
from .models import APPLICATION, GROUP, OUTPOST, PROXY, SCOPE
from .models import OAUTH2 as PROVIDER
from .models import POLICY_BINDING as BINDING
from .store import Object, Objects

__all__ = ["APPLICATION", "OUTPOST", "PROXY"]
CODE_SECONDS = 60
UNITS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


class PageError(Exception):
    """A refusal shown to the person: the client is not to be trusted with it."""

    def __init__(self, title: str, text: str, status: int = 400) -> None:
        super().__init__(f"{title}: {text}")
        self.status = status


class DeniedError(PageError):
    """Who is logged in may not go there: a page like any other, with status 200."""

    def __init__(self, text: str) -> None:
        super().__init__("Permission denied", text, 200)


class RedirectedError(Exception):
    """A refusal sent back to the client, by way of the browser."""

    def __init__(self, redirect_uri: str, error: str, description: str, state: str) -> None:
        super().__init__(description)
        query = {"error": error, "error_description": description, "state": state}
        self.url = f"{redirect_uri}?{urlencode(query)}"


class TokenError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.body, self.status = {"error": error, "error_description": description}, status


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a person allowed a client, behind a code and then behind an access token."""

    client_id: str
    redirect_uri: str
    user: str
    scopes: tuple[str, ...]
    nonce: str
    challenge: str
    method: str
    until: float

    def expired(self) -> bool:
        return time.monotonic() > self.until

    def verified_by(self, verifier: str) -> bool:
        """Whether the verifier (PKCE) fits the challenge of the request, if that had one."""
        found = challenge(verifier) if self.method == "S256" else verifier
        return not self.challenge or hmac.compare_digest(self.challenge, found)


@dataclass(frozen=True)
class Directory:
    """Questions to the stored objects."""

    objects: Objects

    def where(self, model: str, **fields: Any) -> Iterable[tuple[str, Object]]:
        for key, found in self.objects.items():
            if found["model"] == model and all(found.get(name) == value for name, value in fields.items()):
                yield key, found

    def provider(self, client_id: str) -> tuple[str, Object]:
        for found in self.where(PROVIDER, client_id=client_id):
            return found
        for key, proxy in self.where(PROXY):
            if key == client_id:
                return key, proxy | _as_client(key, proxy)
        raise PageError("Client ID Error", "The client identifier (client_id) is missing or invalid.")

    def by_slug(self, slug: str) -> Object:
        for _, application in self.where(APPLICATION, slug=slug):
            return self.objects[application["provider"]]
        raise PageError("Not Found", "no such application", 404)

    def application(self, provider_key: str) -> tuple[str, Object]:
        for found in self.where(APPLICATION, provider=provider_key):
            return found
        raise DeniedError("the provider has no application")

    def groups(self, user: str) -> list[str]:
        own = PEOPLE[user].groups
        return sorted(found["name"] for _, found in self.where(GROUP) if EVERY in own or found["name"] in own)

    def check_access(self, user: str, application_key: str) -> None:
        """An application without bindings is open to everybody; else one of its groups must fit."""
        bound = [binding.get("group") for _, binding in self.where(BINDING, target=application_key)]
        names = [self.objects[key]["name"] for key in bound if key in self.objects]
        if bound and not set(names) & set(self.groups(user)):
            raise DeniedError(f"{user} may not use this application")

    def mappings(self, provider: Object) -> list[Object]:
        """The provider's mappings, by scope."""
        found = [self.objects[key] for key in provider.get("property_mappings") or [] if key in self.objects]
        return sorted((each for each in found if each["model"] == SCOPE), key=lambda each: each["scope_name"])

    def scopes(self, provider: Object) -> set[str]:
        """What a client may ask for; the rest of a request is dropped."""
        return {mapping["scope_name"] for mapping in self.mappings(provider)}

    def claims(self, provider: Object, grant: Grant) -> Object:
        """What is told of the user; `email_verified` is false unless an own mapping says otherwise."""
        claims: Object = {"sub": subject(provider, grant.user)}
        for mapping in self.mappings(provider):
            if mapping["scope_name"] in grant.scopes:
                claims |= self._told(mapping, grant.user)
        return claims

    def _told(self, mapping: Object, user: str) -> Object:
        """What a mapping says: by its expression, or, for those that authentik brings, as theirs do."""
        known, groups = PEOPLE[user], self.groups(user)
        person = User(
            username=user,
            name=known.name,
            email=f"{user}@guild.test",
            is_superuser=known.superuser,
            groups=tuple(groups),
        )
        if "expression" in mapping:
            return dict(evaluated(mapping["expression"], Asked(user=person, context={})))
        own: dict[str, Object] = {
            "email": {"email": person.email, "email_verified": False},
            "profile": {
                "name": known.name,
                "given_name": known.name,
                "preferred_username": user,
                "nickname": user,
                "groups": groups,
            },
        }
        return own.get(mapping["scope_name"], {})


def _as_client(key: str, proxy: Object) -> Object:
    """What authentik itself makes of a proxy provider: a client of its own login."""
    callback = f"{proxy['external_host']}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true"
    return {
        "client_id": key,
        "client_secret": key,
        "grant_types": ["authorization_code"],
        "redirect_uris": [{"matching_mode": "strict", "url": callback}],
    }


def seconds(provider: Object) -> int:
    """How long an access token of a provider is good, which is how long a session lasts."""
    given = str(provider.get("access_token_validity") or "hours=1")
    parts = (part.partition("=") for part in given.split(";"))
    return sum(UNITS[unit] * int(number) for unit, _, number in parts)


def subject(provider: Object, user: str) -> str:
    digest = hashlib.sha256(f"{user} of the lab".encode()).hexdigest()
    named = {"user_username": user, "user_email": f"{user}@guild.test", "user_uuid": digest[:32]}
    return named.get(provider.get("sub_mode", ""), digest)


def check_request(provider: Object, query: Mapping[str, str]) -> None:
    """Refuse an authorization request; only a known redirect URI gets the refusal itself."""
    redirect_uri, state = query.get("redirect_uri", ""), query.get("state", "")
    if not any(_allows(allowed, redirect_uri) for allowed in provider["redirect_uris"]):
        raise PageError("Redirect URI Error", "the redirect URI is missing or not one of the provider's")
    if query.get("response_type") != "code":
        raise RedirectedError(redirect_uri, "unsupported_response_type", "only code is supported", state)
    if "authorization_code" not in (provider.get("grant_types") or []):
        raise RedirectedError(redirect_uri, "invalid_request", "Invalid grant_type for provider", state)


def _allows(allowed: Object, redirect_uri: str) -> bool:
    """Strict means equal to the character."""
    strict = allowed.get("matching_mode", "strict") == "strict"
    return bool(redirect_uri == allowed["url"] or (not strict and re.fullmatch(allowed["url"], redirect_uri)))
