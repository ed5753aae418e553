"""Signing in to doubles through the double of authentik, over loopback ports."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from flask import Flask, session
from werkzeug.serving import make_server

from catalogue.model import Route
from lab.doubles.authentik.worker import Worker
from lab.doubles.contract import Login
from lab.doubles.login import add_login
from lab.doubles.web import Sessions
from tests.lab.browser import Script, follow, log_in
from tests.lab_unit.blueprints import CANARY, Memory, blueprint
from tests.lab_unit.blueprints import identity_provider as provider
from tests.support.site import app

Serve = Callable[[Flask], str]
PRESSED = app("decidim").routes[0]
SCRIPTED = app("espocrm").routes[0]
LOGIN = "/flows/-/default/authentication/"


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def start(web_app: Flask) -> str:
        server = make_server("127.0.0.1", 0, web_app, threaded=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def identity_provider(serve: Serve, store: Memory) -> str:
    return serve(provider(store)) + "/application/o"


@pytest.fixture
def program(serve: Serve, store: Memory, identity_provider: str, tmp_path: Path) -> Callable[..., str]:
    """A double wired to the identity provider by a blueprint, whose login begins as a test says."""

    def start(**way: str) -> str:
        front = Flask("outline")
        front.secret_key = CANARY
        url = serve(front)
        callback = {"callback": "/auth/oidc.callback", "redirect_uri": f"{url}/auth/oidc.callback"}
        add_login(front, Login(client_id="outline", client_secret=CANARY, **callback, **way))
        blueprint(tmp_path, url)
        assert Worker(store=store, env={}, root=tmp_path).look() == []
        return url

    return start


@pytest.fixture
def wiki(program: Callable[..., str], identity_provider: str) -> str:
    return program(path="/auth/oidc", issuer=f"{identity_provider}/outline/")


@pytest.fixture
def voting(program: Callable[..., str], identity_provider: str) -> str:
    return program(path=PRESSED.login_path, page=PRESSED.login_page, issuer=f"{identity_provider}/outline/")


@pytest.fixture
def crm(program: Callable[..., str], identity_provider: str) -> str:
    uris = {name: f"{identity_provider}/{name}/" for name in ("authorize", "token", "userinfo")}
    uris["jwks"] = f"{identity_provider}/outline/jwks/"
    return program(path=SCRIPTED.login_path, user="/api/v1/App/user", **uris)


def sign_in(wiki: str, user: str) -> requests.Response:
    with requests.Session() as browser:
        return follow(browser, f"{wiki}/auth/oidc", user)


@pytest.fixture
def member(identity_provider: str) -> Iterator[requests.Session]:
    """A browser in which alice is logged in."""
    with requests.Session() as browser:
        follow(browser, f"{identity_provider.removesuffix('/application/o')}{LOGIN}", "alice")
        yield browser


def authorize(
    identity_provider: str, wiki: str, member: requests.Session | None = None, **changes: str
) -> requests.Response:
    query = {
        "client_id": "outline",
        "redirect_uri": f"{wiki}/auth/oidc.callback",
        "response_type": "code",
        "scope": "openid email profile offline_access",
        "state": "s",
        "nonce": "n",
    }
    url = f"{identity_provider}/authorize/"
    with member or requests.Session() as browser:
        return browser.get(url, params=query | changes, allow_redirects=False, timeout=5)


def code_of(answer: requests.Response) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def token(identity_provider: str, wiki: str, code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{wiki}/auth/oidc.callback",
        "client_id": "outline",
        "client_secret": CANARY,
    }
    return requests.post(f"{identity_provider}/token/", data=form | changes, timeout=5)


def test_a_member_signs_in_and_is_known_by_name_and_group(wiki: str) -> None:
    answer = sign_in(wiki, "alice")
    assert answer.status_code == 200
    assert answer.json()["preferred_username"] == "alice"
    assert answer.json()["groups"] == ["Outline users"]
    assert answer.json()["email_verified"] is False


def test_somebody_outside_the_group_is_refused(wiki: str) -> None:
    answer = sign_in(wiki, "mallory")
    assert answer.status_code == 200
    assert "Permission denied" in answer.text


def test_who_is_not_logged_in_is_led_to_the_login_and_back(identity_provider: str, wiki: str) -> None:
    answer = authorize(identity_provider, wiki, login_hint="alice")
    way = urlsplit(answer.headers["Location"])
    assert (answer.status_code, way.path) == (302, LOGIN)
    assert parse_qs(way.query)["next"][0].startswith("/application/o/authorize/?client_id=outline&")


def test_the_login_asks_for_the_scopes_with_state_and_pkce(identity_provider: str, wiki: str) -> None:
    start = requests.get(f"{wiki}/auth/oidc", allow_redirects=False, timeout=5)
    url, query = start.headers["Location"].split("?")
    asked = parse_qs(query)
    assert url == f"{identity_provider}/authorize/"
    assert asked["client_id"] == ["outline"]
    assert asked["redirect_uri"] == [f"{wiki}/auth/oidc.callback"]
    assert asked["scope"] == ["openid profile email"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) > 20


def test_a_callback_with_another_state_is_refused(wiki: str) -> None:
    answer = requests.get(f"{wiki}/auth/oidc.callback?state=forged&code=x", timeout=5)
    assert answer.status_code == 400


@pytest.mark.parametrize("change", ["/", "?x=1", "x"])
def test_a_redirect_uri_must_be_equal_to_the_character(
    identity_provider: str, wiki: str, change: str
) -> None:
    answer = authorize(identity_provider, wiki, redirect_uri=f"{wiki}/auth/oidc.callback{change}")
    assert answer.status_code == 400
    assert "Redirect URI Error" in answer.text
    assert "Location" not in answer.headers


def test_an_unknown_client_is_refused(identity_provider: str, wiki: str) -> None:
    assert authorize(identity_provider, wiki, client_id="nobody").status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "wrong"},
        {"client_id": "nobody"},
        {"redirect_uri": "https://elsewhere.test/"},
        {"code": "made-up"},
        {"grant_type": "password"},
    ],
)
def test_a_wrong_token_request_is_refused(
    identity_provider: str, wiki: str, member: requests.Session, change: dict[str, str]
) -> None:
    code = code_of(authorize(identity_provider, wiki, member))
    answer = token(identity_provider, wiki, **({"code": code} | change))
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client", "invalid_grant")


def test_a_code_works_once(identity_provider: str, wiki: str, member: requests.Session) -> None:
    code = code_of(authorize(identity_provider, wiki, member))
    assert token(identity_provider, wiki, code).status_code == 200
    assert token(identity_provider, wiki, code).json()["error"] == "invalid_grant"


def test_a_code_asked_for_with_pkce_needs_its_verifier(
    identity_provider: str, wiki: str, member: requests.Session
) -> None:
    code = code_of(
        authorize(identity_provider, wiki, member, code_challenge="abc", code_challenge_method="S256")
    )
    assert token(identity_provider, wiki, code, code_verifier="wrong").json()["error"] == "invalid_grant"


def test_the_client_may_prove_itself_by_basic_authentication(
    identity_provider: str, wiki: str, member: requests.Session
) -> None:
    code = code_of(authorize(identity_provider, wiki, member))
    form = {"grant_type": "authorization_code", "code": code}
    form["redirect_uri"] = f"{wiki}/auth/oidc.callback"
    answer = requests.post(f"{identity_provider}/token/", data=form, auth=("outline", CANARY), timeout=5)
    assert answer.status_code == 200


def test_the_id_token_verifies_against_the_published_key(
    identity_provider: str, wiki: str, member: requests.Session
) -> None:
    answer = token(identity_provider, wiki, code_of(authorize(identity_provider, wiki, member))).json()
    known = requests.get(f"{identity_provider}/outline/.well-known/openid-configuration", timeout=5).json()
    key = jwt.PyJWKClient(known["jwks_uri"]).get_signing_key_from_jwt(answer["id_token"])
    claims = jwt.decode(
        answer["id_token"],
        key.key,
        algorithms=["RS256"],
        audience="outline",
        issuer=f"{identity_provider}/outline/",
    )
    assert (claims["sub"], claims["nonce"]) == ("alice", "n")
    assert answer["scope"] == "openid email profile"


def test_a_provider_without_grant_types_lets_nobody_in(
    identity_provider: str, wiki: str, store: Memory, tmp_path: Path
) -> None:
    blueprint(tmp_path, wiki, grants="[]")
    Worker(store=store, env={}, root=tmp_path).look()
    answer = sign_in(wiki, "alice")
    assert answer.status_code == 403
    assert "Invalid grant_type for provider" in answer.text


def test_an_own_email_mapping_can_vouch_for_addresses(wiki: str, store: Memory, tmp_path: Path) -> None:
    file = blueprint(tmp_path, wiki)
    mapping = """
  - model: authentik_providers_oauth2.scopemapping
    identifiers: {name: verified}
    attrs: {scope_name: email, expression: 'return {"email": request.user.email, "email_verified": True}'}
"""
    text = file.read_text().replace("[scope_name, email]", "[name, verified]")
    file.write_text(text.replace("entries:", f"entries:{mapping.rstrip()}", 1))
    assert Worker(store=store, env={}, root=tmp_path).look() == []
    assert sign_in(wiki, "alice").json()["email_verified"] is True


def test_behind_a_proxy_the_issuer_is_the_public_address(identity_provider: str, wiki: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gateway.guild.test"}
    url = f"{identity_provider}/outline/.well-known/openid-configuration"
    known = requests.get(url, headers=headers, timeout=5).json()
    assert known["issuer"] == "https://gateway.guild.test/application/o/outline/"
    assert known["authorization_endpoint"] == "https://gateway.guild.test/application/o/authorize/"


def test_userinfo_needs_a_token(identity_provider: str, wiki: str) -> None:
    assert requests.get(f"{identity_provider}/userinfo/", timeout=5).status_code == 401


@pytest.mark.parametrize(("where", "route"), [("voting", PRESSED), ("crm", SCRIPTED)])
def test_a_login_by_button_or_script_goes_all_the_way(
    where: str, route: Route, request: pytest.FixtureRequest, identity_provider: str
) -> None:
    with requests.Session() as session:
        asked, page = log_in(session, request.getfixturevalue(where), route, "alice")

    assert asked.startswith(f"{identity_provider}/authorize/?")
    assert page.status_code == 200
    assert "Alice Example" in page.text


@pytest.mark.parametrize(("where", "route"), [("voting", PRESSED), ("crm", SCRIPTED)])
def test_a_login_by_button_or_script_refuses_somebody_outside_the_group(
    where: str, route: Route, request: pytest.FixtureRequest, identity_provider: str
) -> None:
    with requests.Session() as session:
        _, page = log_in(session, request.getfixturevalue(where), route, "mallory")

    assert (page.status_code, "Permission denied" in page.text) == (200, True)
    assert page.url.startswith(identity_provider)


@pytest.mark.parametrize("form", [{}, {"authenticity_token": "forged"}])
def test_a_button_that_is_not_the_pages_leads_back_to_the_page(voting: str, form: dict[str, str]) -> None:
    with requests.Session() as session:
        session.get(f"{voting}{PRESSED.login_page}", timeout=5)
        answer = session.post(f"{voting}{PRESSED.login_path}", form, allow_redirects=False, timeout=5)
        link = session.get(f"{voting}{PRESSED.login_path}", timeout=5)

    assert (answer.status_code, answer.headers["Location"]) == (302, PRESSED.login_page)
    assert link.status_code == 405


@pytest.mark.parametrize("broken", ["code", "nonce", "session"])
def test_a_script_with_another_code_nonce_or_session_is_told_nothing(crm: str, broken: str) -> None:
    with requests.Session() as session:
        script = Script(session.get(f"{crm}{SCRIPTED.login_path}", timeout=5).json())
        window = follow(session, script.window, "alice").url
        if broken == "code":
            window = window.replace("code=", "code=0")
        if broken == "session":
            session.cookies.clear()
        answer = (replace(script, nonce="other") if broken == "nonce" else script).user(session, window)

    assert answer.status_code == 401


@pytest.mark.parametrize("given", ["", "%", "YWxpY2U6cGFzc3dvcmQ="])
def test_a_script_without_a_code_is_told_nothing(crm: str, given: str) -> None:
    answer = requests.get(f"{crm}/api/v1/App/user", headers={"Espo-Authorization": given}, timeout=5)

    assert answer.status_code == 401


def changed(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


OFFLINE = {
    "[scope_name, profile]]\n": "[scope_name, profile]]\n"
    "        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, offline_access]]\n"
}


@pytest.mark.parametrize(
    ("changes", "scope", "given"),
    [
        (OFFLINE, "openid offline_access", True),
        (OFFLINE, "openid", False),
        ({}, "openid offline_access", False),
        (
            {**OFFLINE, "[authorization_code, refresh_token]": "[authorization_code]"},
            "openid offline_access",
            False,
        ),
    ],
)
def test_a_refresh_token_needs_scope_mapping_and_grant_type(
    identity_provider: str,
    wiki: str,
    member: requests.Session,
    store: Memory,
    tmp_path: Path,
    changes: dict[str, str],
    scope: str,
    given: bool,
) -> None:
    file = blueprint(tmp_path, wiki)
    file.write_text(changed(file.read_text(), changes))
    assert Worker(store=store, env={}, root=tmp_path).look() == []
    code = code_of(authorize(identity_provider, wiki, member, scope=scope))
    first = token(identity_provider, wiki, code).json()

    assert ("refresh_token" in first) is given
    if given:
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        assert token(identity_provider, wiki, "", **form).status_code == 200
        assert token(identity_provider, wiki, "", **form).status_code == 400


@pytest.mark.parametrize(("validity", "seconds"), [("", 3600), ("access_token_validity: hours=12", 43200)])
def test_an_access_token_is_good_as_long_as_its_provider_says(
    identity_provider: str,
    wiki: str,
    member: requests.Session,
    store: Memory,
    tmp_path: Path,
    validity: str,
    seconds: int,
) -> None:
    file = blueprint(tmp_path, wiki)
    file.write_text(changed(file.read_text(), {"sub_mode": f"{validity}\n      sub_mode"}))
    assert Worker(store=store, env={}, root=tmp_path).look() == []
    answer = token(identity_provider, wiki, code_of(authorize(identity_provider, wiki, member))).json()

    assert answer["expires_in"] == seconds


def test_a_rotated_client_secret_is_good_and_the_old_one_is_not(
    identity_provider: str, wiki: str, member: requests.Session, store: Memory, tmp_path: Path
) -> None:
    file = blueprint(tmp_path, wiki)
    (tmp_path / "client_secret").write_text("rotated\n")
    worker = Worker(store=store, env={}, root=tmp_path)
    worker.look()
    kept = token(identity_provider, wiki, code_of(authorize(identity_provider, wiki, member)))
    file.write_text(f"{file.read_text()}# another digest\n")
    worker.look()
    old = token(identity_provider, wiki, code_of(authorize(identity_provider, wiki, member)))
    code = code_of(authorize(identity_provider, wiki, member))
    new = token(identity_provider, wiki, code, client_secret="rotated")  # noqa: S106 - of this test

    assert (kept.status_code, old.json()["error"], new.status_code) == (200, "invalid_client", 200)


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", False)])
def test_a_session_is_for_https_alone_where_the_edge_says_that_it_came_so(proto: str, secure: bool) -> None:
    web = Flask("wiki")
    web.secret_key, web.session_interface = CANARY, Sessions()
    web.add_url_rule("/", "page", lambda: session.setdefault("state", "begun"))

    answer = web.test_client().get("/", headers={"X-Forwarded-Proto": proto})

    assert ("Secure" in answer.headers["Set-Cookie"]) is secure
