"""The relying side of OIDC: authorization code with PKCE, and the user it leads to."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

import jwt
import requests

from .contract import Login

TIMEOUT = 10  # seconds
Json = dict[str, Any]


class RefusedError(Exception):
    """The provider said no, or what it said does not hold."""


def random_text() -> str:
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """What an authorization request shows of the verifier (PKCE, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize_url(login: Login, state: str, verifier: str) -> str:
    query = {
        "response_type": "code",
        "client_id": login.client_id,
        "redirect_uri": login.redirect_uri,
        "scope": login.scope,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{_endpoints(login)['authorization_endpoint']}?{urlencode(query)}"


def user(login: Login, code: str, verifier: str, nonce: str = "") -> Json:
    """Exchange the code, check the ID token if keys are known, and ask who it is. Raises RefusedError."""
    known = _endpoints(login)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": login.redirect_uri,
        "client_id": login.client_id,
        "client_secret": login.client_secret,
        "code_verifier": verifier,
    }
    tokens = fetch(known["token_endpoint"], form)
    if known["jwks_uri"]:
        _check_id_token(login, known["jwks_uri"], tokens["id_token"], nonce)
    return fetch(known["userinfo_endpoint"], bearer=tokens["access_token"])


def _endpoints(login: Login) -> Json:
    if login.issuer:
        return fetch(f"{login.issuer.rstrip('/')}/.well-known/openid-configuration")
    return {
        "authorization_endpoint": login.authorize,
        "token_endpoint": login.token,
        "userinfo_endpoint": login.userinfo,
        "jwks_uri": login.jwks,
    }


def _check_id_token(login: Login, jwks_uri: str, token: str, nonce: str) -> None:
    issuer = login.issuer or None
    try:
        key = jwt.PyJWKClient(jwks_uri, timeout=TIMEOUT).get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=login.client_id, issuer=issuer)
    except jwt.PyJWTError as error:
        raise RefusedError(f"the ID token does not hold: {error}") from None
    if claims.get("nonce", "") != nonce:
        raise RefusedError("the ID token is of another request: its nonce is not the one that was sent")


def fetch(url: str, form: Json | None = None, bearer: str = "") -> Json:
    """GET, or POST of a form; JSON comes back. Raises RefusedError with the provider's own words."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        answer = requests.request("POST" if form else "GET", url, data=form, headers=headers, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise RefusedError(f"{url}: {error}") from None
    if answer.status_code >= 400:
        raise RefusedError(f"{answer.status_code} {answer.text[:300]}")
    found: Json = answer.json()
    return found
