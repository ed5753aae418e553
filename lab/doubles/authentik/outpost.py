"""The embedded outpost: answers an edge that asks whether a visitor may pass (forward authentication)."""

import secrets
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from .provider import OUTPOST, PROXY, TOKEN_SECONDS, USERS, Directory, Grant, PageError
from .store import Store, load_objects

BASE = "/outpost.goauthentik.io"
COOKIE = "authentik_proxy"


@dataclass(kw_only=True)
class Outpost:
    """Sessions live in memory, providers in the store; only those that the outpost lists are served."""

    store: Store
    identity_provider: str
    """Public address of the login page."""
    codes: dict[str, Grant]
    """Shared with the provider: codes that it gave out."""
    sessions: dict[str, Grant] = field(default_factory=dict)

    def attach(self, web: Flask) -> None:
        web.add_url_rule(f"{BASE}/auth/traefik", "outpost", self.check)
        web.add_url_rule(f"{BASE}/start", "outpost_start", self.start)
        web.add_url_rule(f"{BASE}/callback", "outpost_callback", self.callback)

    def check(self) -> Answer:
        """200 with the visitor's name, or the way to the login page."""
        known = Directory(load_objects(self.store))
        key = self._provider(known)
        session = self.sessions.get(request.cookies.get(COOKIE, ""))
        if not session or session.expired() or session.client_id != key:
            return redirect(f"https://{request.host}{BASE}/start")
        known.check_access(session.user, known.application(key)[0])
        headers = {
            "X-authentik-username": session.user,
            "X-authentik-name": USERS[session.user],
            "X-authentik-email": f"{session.user}@guild.test",
            "X-authentik-groups": "|".join(known.groups(session.user)),
        }
        return Response("", headers=headers)

    def start(self) -> Answer:
        key = self._provider(Directory(load_objects(self.store)))
        query = {
            "client_id": key,
            "redirect_uri": f"https://{request.host}{BASE}/callback",
            "response_type": "code",
            "scope": "openid",
        }
        return redirect(f"{self.identity_provider}/application/o/authorize/?{urlencode(query)}")

    def callback(self) -> Answer:
        key = self._provider(Directory(load_objects(self.store)))
        grant = self.codes.pop(request.args.get("code", ""), None)
        if not grant or grant.expired() or grant.client_id != key:
            raise PageError("Permission denied", "the code is invalid or expired", 403)
        session = secrets.token_urlsafe(32)
        self.sessions[session] = replace(grant, until=time.monotonic() + TOKEN_SECONDS)
        answer = redirect(f"https://{request.host}/")
        answer.set_cookie(COOKIE, session, httponly=True, secure=True)
        return answer

    def _provider(self, known: Directory) -> str:
        """The primary key of the provider of the host that is asked for, if an outpost serves it."""
        listed = {key for _, outpost in known.where(OUTPOST) for key in outpost.get("providers") or []}
        for key, provider in known.where(PROXY):
            if provider.get("external_host") == f"https://{request.host}" and key in listed:
                return key
        raise PageError("Not Found", f"no provider of the outpost is for {request.host}", 404)
