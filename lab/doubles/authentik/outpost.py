"""The embedded outpost: answers an edge that asks whether a visitor may pass (forward authentication)."""

import secrets
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from .accounts import PEOPLE
from .provider import OUTPOST, PROXY, Directory, Grant, PageError, seconds
from .store import Object, Store, load_objects

BASE = "/outpost.goauthentik.io"
COOKIE = "authentik_proxy"
NOWHERE = "http://localhost:8000"  # where people log in as long as nobody has said where


@dataclass(kw_only=True)
class Outpost:
    """Sessions live in memory, providers in the store; only those that the outpost lists are served."""

    store: Store
    codes: dict[str, Grant]
    """Shared with the provider: codes that it gave out."""
    sessions: dict[str, Grant] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # state of a login -> the address it is for

    def attach(self, web: Flask) -> None:
        web.add_url_rule(f"{BASE}/auth/traefik", "outpost", self.check)
        web.add_url_rule(f"{BASE}/start", "outpost_start", self.start)
        web.add_url_rule(f"{BASE}/callback", "outpost_callback", self.callback)

    def check(self) -> Answer:
        """200 with the visitor's name, as long as the login is good; or the way to the login page."""
        if not (request.headers.get("X-Forwarded-Proto") and request.headers.get("X-Forwarded-Host")):
            raise PageError("Bad Request", "X-Forwarded-Proto and X-Forwarded-Host must be set")
        known = Directory(load_objects(self.store))
        key, _, _ = self._provider(known)
        session = self.sessions.get(request.cookies.get(COOKIE, ""))
        if not session or session.expired() or session.client_id != key:
            return self.start()
        headers = {
            "X-authentik-username": session.user,
            "X-authentik-name": PEOPLE[session.user].name,
            "X-authentik-email": f"{session.user}@guild.test",
            "X-authentik-groups": "|".join(known.groups(session.user)),
        }
        return Response("", headers=headers)

    def start(self) -> Answer:
        """Straight to the login, and back to the callback at the name that is asked for."""
        key, _, outpost = self._provider(Directory(load_objects(self.store)))
        state = secrets.token_urlsafe(16)
        self.asked[state] = f"https://{request.host}{request.headers.get('X-Forwarded-Uri', '/')}"
        query = {
            "client_id": key,
            "redirect_uri": f"https://{request.host}{BASE}/callback?X-authentik-auth-callback=true",
            "response_type": "code",
            "scope": "openid",
            "state": state,
        }
        where = (outpost.get("config") or {}).get("authentik_host") or NOWHERE
        return redirect(f"{where.rstrip('/')}/application/o/authorize/?{urlencode(query)}")

    def callback(self) -> Answer:
        key, provider, _ = self._provider(Directory(load_objects(self.store)))
        grant = self.codes.pop(request.args.get("code", ""), None)
        back = self.asked.pop(request.args.get("state", ""), "")
        if not back or not grant or grant.expired() or grant.client_id != key:
            raise PageError("Permission denied", "the code is invalid or expired", 403)
        session = secrets.token_urlsafe(32)
        self.sessions[session] = replace(grant, until=time.monotonic() + seconds(provider))
        answer = redirect(back)
        answer.set_cookie(COOKIE, session, httponly=True, secure=True)
        return answer

    def _provider(self, known: Directory) -> tuple[str, Object, Object]:
        """The provider of the host that is asked for, with its key, and the outpost that serves it."""
        served = [
            (key, outpost) for _, outpost in known.where(OUTPOST) for key in outpost.get("providers") or []
        ]
        for key, outpost in served:
            provider = known.objects.get(key, {})
            if provider.get("model") == PROXY and provider["external_host"] == f"https://{request.host}":
                return key, provider, outpost
        raise PageError("Not Found", f"no provider of the outpost is for {request.host}", 404)
