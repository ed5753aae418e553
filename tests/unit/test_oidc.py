"""What a record can say of a login by OpenID Connect, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue.model import Claim, Oidc

ROLE = Claim(name="role", expression='"user"')


@pytest.mark.parametrize(
    "uri",
    [
        "/a",
        "https://app.example.org/x?y=1",
        "app.immich:///oauth-callback",
        "http://127.0.0.1:80/",
        "urn:a:b",
    ],
)
def test_a_redirect_uri_may_be_a_path_an_address_or_of_a_programs_own_scheme(uri: str) -> None:
    assert Oidc(callback="/callback", redirect_uris=(uri,))


@pytest.mark.parametrize(
    "uri",
    ["", "callback", "javascript:alert(1)", "data:x", "http://app.example.org/", "app:/a b", 'https://a"'],
)
def test_a_redirect_uri_that_would_be_refused_or_is_dangerous_is_said_at_once(uri: str) -> None:
    with pytest.raises(ValueError, match="write a path, https://… or a program's own scheme"):
        Oidc(callback="/callback", redirect_uris=(uri,))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"redirect_uris": ("/callback",)}, "redirect URI '/callback' is declared twice"),
        ({"scopes": ("profile",)}, "scope 'profile' is declared twice"),
        ({"scopes": ("two words",)}, "'two words'; write a scope's or claim's name, as in offline_access"),
        ({"claims": (ROLE, ROLE)}, "claim 'role' is declared twice"),
        (
            {"claims": (replace(ROLE, scope="roles"),)},
            "claim 'role': nobody asks for its scope 'roles'",
        ),
    ],
)
def test_scopes_and_claims_go_together(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Oidc(callback="/callback", **wrong)


@pytest.mark.parametrize("expression", ["", "return 1", "1 # one", "1\n2", "x = 1", "user."])
def test_a_claim_is_a_value_in_python(expression: str) -> None:
    with pytest.raises(ValueError, match="write a value in Python, in one line"):
        Claim(name="role", expression=expression)


def test_a_claim_has_a_name_that_nobody_else_has() -> None:
    with pytest.raises(ValueError, match="claim 'groups' is told to every app already; drop it"):
        Claim(name="groups", expression="[]")
    with pytest.raises(ValueError, match="write a scope's or claim's name"):
        Claim(name='a"b', expression="1")
