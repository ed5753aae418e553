"""A sign-in that goes all the way, begun as the real program begins it: by a link, a button or a script."""

import base64
from dataclasses import dataclass

from flask import Flask, Response, jsonify, redirect, request, session
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from . import oidc
from .contract import Login

Refusal = tuple[str, int]
PAGE = Markup(
    '<head><meta name="csrf-param" content="authenticity_token" />\n'
    '<meta name="csrf-token" content="{token}" /></head>\n'
    '<form method="post" action="{path}"><input type="hidden" name="authenticity_token" value="{token}">'
    "<button>Log in</button></form>\n"
)
SCRIPT_USER = "**oidc"


def add_login(web: Flask, login: Login) -> None:
    """The way that the contract's fields describe."""
    kind = ByScript if login.user else ByButton if login.page else ByLink
    kind(login).attach(web)


@dataclass(frozen=True)
class ByLink:
    """Leads to the identity provider, which sends the person back with a code."""

    login: Login

    def attach(self, web: Flask) -> None:
        if self.login.path == self.login.callback:
            web.add_url_rule(self.login.path, "login", self.either)
            return
        web.add_url_rule(self.login.path, "login", self.start)
        web.add_url_rule(self.login.callback, "callback", self.callback)

    def either(self) -> Answer | Refusal:
        return self.callback() if request.args.get("state") else self.start()

    def start(self) -> Answer:
        session["state"], session["verifier"] = oidc.random_text(), oidc.random_text()
        return redirect(oidc.authorize_url(self.login, session["state"], session["verifier"]))

    def callback(self) -> Answer | Refusal:
        if not request.args.get("state") or request.args["state"] != session.pop("state", None):
            return "sign-in failed: the state is not the one that was sent", 400
        if "code" not in request.args:
            said = request.args.get("error_description") or request.args.get("error")
            return f"sign-in failed: {said}", 403
        try:
            return jsonify(oidc.user(self.login, request.args["code"], session.pop("verifier")))
        except oidc.RefusedError as refused:
            return f"sign-in failed: {refused}", 403


@dataclass(frozen=True)
class ByButton(ByLink):
    """As Rails and OmniAuth do it: only a POST with the page's token leads to the identity provider."""

    def attach(self, web: Flask) -> None:
        web.add_url_rule(self.login.page, "page", self.page)
        web.add_url_rule(self.login.path, "login", self.pressed, methods=["POST"])
        web.add_url_rule(self.login.callback, "callback", self.callback)

    def page(self) -> str:
        session["token"] = oidc.random_text()
        return PAGE.format(path=self.login.path, token=session["token"])

    def pressed(self) -> Answer:
        token = session.pop("token", None)
        good = token and request.form.get("authenticity_token") == token
        return self.start() if good else redirect(self.login.page)


@dataclass(frozen=True)
class ByScript(ByLink):
    """As EspoCRM's page does it: a window for the login, the code from its address, then who it is."""

    def attach(self, web: Flask) -> None:
        web.add_url_rule(self.login.path, "login", self.told)
        web.add_url_rule(self.login.callback, "callback", lambda: "The page that opened this goes on.\n")
        web.add_url_rule(self.login.user, "user", self.user)

    def told(self) -> Response:
        session["verifier"] = oidc.random_text()
        return jsonify(
            clientId=self.login.client_id,
            endpoint=self.login.authorize,
            redirectUri=self.login.redirect_uri,
            scopes=self.login.scope.split(),
            claims=None,
            prompt="consent",
            maxAge=None,
            codeChallenge=oidc.challenge(session["verifier"]),
            codeChallengeMethod="S256",
        )

    def user(self) -> Response | Refusal:
        code, nonce = _code(), request.headers.get("X-Oidc-Authorization-Nonce", "")
        if not code:
            return "", 401
        try:
            found = oidc.user(self.login, code, session.pop("verifier", ""), nonce)
        except oidc.RefusedError as refused:
            return f"sign-in failed: {refused}", 401
        return jsonify(user={"userName": found["preferred_username"], "name": found["name"]})


def _code() -> str:
    """The code that stands in the place of a password; empty if none does."""
    try:
        given = base64.b64decode(request.headers.get("Espo-Authorization", "")).decode()
    except ValueError:
        return ""
    user, _, code = given.partition(":")
    return code if user == SCRIPT_USER else ""
