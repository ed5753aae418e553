"""The server's part: authentik's OIDC endpoints over HTTP."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask, Response, jsonify, redirect, request
from jwt.algorithms import RSAAlgorithm
from werkzeug.wrappers import Response as Answer

from .flows import Flows
from .provider import (
    CODE_SECONDS,
    Directory,
    Grant,
    PageError,
    RedirectedError,
    TokenError,
    check_request,
    seconds,
)
from .proxied import Proxied
from .store import Object, Store, load_objects, signing_key

BASE = "/application/o"
REFRESH = 30 * 86400  # seconds


@dataclass(kw_only=True)
class Server:
    """Codes and tokens live in memory, clients and the key in the store."""

    store: Store
    flows: Flows
    trusted: str = ""
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    refreshes: dict[str, Grant] = field(default_factory=dict)

    def attach(self, web: Flask) -> None:
        web.wsgi_app = Proxied.by(web.wsgi_app, self.trusted)  # type: ignore[assignment,method-assign]
        self.flows.attach(web)
        web.add_url_rule(f"{BASE}/authorize/", "authorize", self.authorize)
        web.add_url_rule(f"{BASE}/token/", "token", self.token, methods=["POST"])
        web.add_url_rule(f"{BASE}/userinfo/", "userinfo", self.userinfo)
        web.add_url_rule(f"{BASE}/<slug>/.well-known/openid-configuration", "discovery", self.discovery)
        web.add_url_rule(f"{BASE}/<slug>/jwks/", "jwks", self.jwks)
        web.add_url_rule(f"{BASE}/<slug>/end-session/", "end", self.end_session)
        web.register_error_handler(PageError, lambda page: (str(page), page.status))
        web.register_error_handler(RedirectedError, lambda refusal: redirect(refusal.url))
        web.register_error_handler(TokenError, lambda error: (jsonify(error.body), error.status))

    def directory(self) -> Directory:
        return Directory(load_objects(self.store))

    def authorize(self) -> Answer:
        """Back to the program with a code, by way of the login if nobody is logged in."""
        known, query = self.directory(), request.args
        key, provider = known.provider(query.get("client_id", ""))
        check_request(provider, query)
        user = self.flows.user()
        known.check_access(user, known.application(key)[0])
        code = secrets.token_hex(16)
        scopes = tuple(scope for scope in query.get("scope", "").split() if scope in known.scopes(provider))
        self.codes[code] = Grant(
            client_id=provider["client_id"],
            redirect_uri=query["redirect_uri"],
            user=user,
            scopes=scopes,
            nonce=query.get("nonce", ""),
            challenge=query.get("code_challenge", ""),
            method=query.get("code_challenge_method", "plain"),
            until=time.monotonic() + CODE_SECONDS,
        )
        more = "&" if "?" in query["redirect_uri"] else "?"
        answer = urlencode({"code": code, "state": query.get("state", "")})
        return redirect(f"{query['redirect_uri']}{more}{answer}")

    def token(self) -> Response:
        known = self.directory()
        key, provider = _authenticated(known)
        grant = self._redeem(provider)
        access, good = secrets.token_urlsafe(32), seconds(provider)
        self.tokens[access] = replace(grant, until=time.monotonic() + good)
        body: Object = {"access_token": access, "token_type": "Bearer", "expires_in": good}
        body["scope"] = " ".join(grant.scopes)
        if "offline_access" in grant.scopes and "refresh_token" in provider["grant_types"]:
            self.refreshes[new := secrets.token_urlsafe(32)] = replace(
                grant, until=time.monotonic() + REFRESH
            )
            body["refresh_token"] = new
        if "openid" in grant.scopes:
            body["id_token"] = self._id_token(known, key, provider, grant)
        return jsonify(body)

    def _redeem(self, provider: Object) -> Grant:
        """The grant behind the code; a code works once, for its own client, redirect URI and verifier."""
        form = request.form
        if form.get("grant_type") not in (provider.get("grant_types") or []):
            raise TokenError("invalid_grant", "Invalid grant_type for provider")
        if form["grant_type"] == "refresh_token":
            return self._refreshed(provider, form.get("refresh_token", ""))
        grant = self.codes.pop(form.get("code", ""), None)
        fits = grant and (grant.client_id, grant.redirect_uri) == (
            provider["client_id"],
            form.get("redirect_uri"),
        )
        if not grant or not fits or grant.expired() or not grant.verified_by(form.get("code_verifier", "")):
            raise TokenError("invalid_grant", "The provided authorization grant is invalid or expired")
        return grant

    def _refreshed(self, provider: Object, token: str) -> Grant:
        """No policy is asked again: who was taken out of the group stays in."""
        grant = self.refreshes.pop(token, None)
        if not grant or grant.expired() or grant.client_id != provider["client_id"]:
            raise TokenError("invalid_grant", "The refresh token is invalid or expired")
        return grant

    def _id_token(self, known: Directory, key: str, provider: Object, grant: Grant) -> str:
        now = int(time.time())
        claims = known.claims(provider, grant) | {
            "iss": _issuer(known.application(key)[1]["slug"]),
            "aud": grant.client_id,
            "iat": now,
            "auth_time": now,
            "exp": now + seconds(provider),
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        if not provider.get("signing_key"):  # then authentik signs with the client's secret
            return jwt.encode(claims, provider["client_secret"], "HS256")
        public = self._public_key()
        return jwt.encode(claims, signing_key(self.store), "RS256", headers={"kid": public["kid"]})

    def _public_key(self) -> Object:
        key = load_pem_private_key(signing_key(self.store).encode(), None)
        found: Object = RSAAlgorithm.to_jwk(cast(RSAPrivateKey, key).public_key(), as_dict=True)
        kid = hashlib.sha256(found["n"].encode()).hexdigest()[:32]
        return found | {"kid": kid, "alg": "RS256", "use": "sig"}

    def userinfo(self) -> tuple[Response, int]:
        grant = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if not grant or grant.expired():
            return jsonify({"error": "invalid_token"}), 401
        known = self.directory()
        return jsonify(known.claims(known.provider(grant.client_id)[1], grant)), 200

    def discovery(self, slug: str) -> Response:
        known = self.directory()
        provider = known.by_slug(slug)
        signed = bool(provider.get("signing_key"))
        shared, own = f"{request.host_url.rstrip('/')}{BASE}", _issuer(slug)
        return jsonify(
            issuer=own,
            authorization_endpoint=f"{shared}/authorize/",
            token_endpoint=f"{shared}/token/",
            userinfo_endpoint=f"{shared}/userinfo/",
            end_session_endpoint=f"{own}end-session/",
            jwks_uri=f"{own}jwks/",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code", "refresh_token"],
            id_token_signing_alg_values_supported=["RS256" if signed else "HS256"],
            subject_types_supported=["public"],
            token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"],
            scopes_supported=sorted(known.scopes(provider)),
            code_challenge_methods_supported=["plain", "S256"],
        )

    def jwks(self, slug: str) -> Response:
        signed = self.directory().by_slug(slug).get("signing_key")
        return jsonify(keys=[self._public_key()]) if signed else jsonify({})

    def end_session(self, slug: str) -> str:
        self.directory().by_slug(slug)
        return "You've logged out.\n"


def _issuer(slug: str) -> str:
    return f"{request.host_url.rstrip('/')}{BASE}/{slug}/"


def _authenticated(known: Directory) -> tuple[str, Object]:
    """The client that proves itself by its secret, in the form or by Basic authentication."""
    basic: Any = request.authorization
    client_id, secret = (request.form.get(name, "") for name in ("client_id", "client_secret"))
    if basic and basic.type == "basic":
        client_id, secret = unquote(basic.username), unquote(basic.password)
    try:
        key, provider = known.provider(client_id)
    except PageError:
        raise TokenError("invalid_client", "Client authentication failed") from None
    if not hmac.compare_digest(provider["client_secret"].encode(), secret.encode()):
        raise TokenError("invalid_client", "Client authentication failed")
    return key, provider
