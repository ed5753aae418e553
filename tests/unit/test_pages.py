"""How verify goes on from a page: by redirects within its name, or by the button on it."""

from typing import Any

import pytest
from urllib3 import BaseHTTPResponse, HTTPHeaderDict, HTTPResponse

from tasks.verify.browser import FORM, Browser, landed, pressed

NAME = "wiki.example.org"
Shown = tuple[int, str, list[tuple[str, str]]]


class Pages(Browser):
    """Shows pages from memory, and writes down what it was asked."""

    def ask(
        self, method: str, name: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> BaseHTTPResponse:
        ASKED.append((method, name, path, body, headers))
        status, text, told = PAGES.get(path, (404, "", []))
        return HTTPResponse(
            text.encode(errors="surrogateescape"), headers=HTTPHeaderDict(told), status=status
        )


ASKED: list[tuple[Any, ...]] = []
PAGES: dict[str, Shown] = {}


def browser(pages: dict[str, Shown]) -> Browser:
    ASKED.clear()
    PAGES.clear()
    PAGES.update(pages)
    return Pages(address="", ca_bundle="", deadline=0)


def to(location: str) -> Shown:
    return 302, "", [("Location", location)]


def test_redirects_are_followed_as_long_as_they_stay_within_the_name() -> None:
    pages = {"/a/b": to("c?x=1#top"), "/a/c?x=1": to(f"https://{NAME}/d"), "/d": (200, "there", [])}

    assert landed(browser(pages), NAME, "/a/b").data == b"there"
    assert [(method, name, path) for method, name, path, *_ in ASKED] == [
        ("GET", NAME, path) for path in ("/a/b", "/a/c?x=1", "/d")
    ]


@pytest.mark.parametrize(
    "away", ["https://gateway.example.org/d", f"http://{NAME}/d", f"https://{NAME}:8443/d", "//other.org/d"]
)
def test_a_redirect_out_of_the_name_is_the_answer_itself(away: str) -> None:
    found = landed(browser({"/a": to(away), "/d": (200, "there", [])}), NAME, "/a")

    assert (found.status, found.headers["Location"], len(ASKED)) == (302, away, 1)


def test_a_circle_of_redirects_is_left_after_four() -> None:
    found = landed(browser({"/a": to("/b"), "/b": to("/a")}), NAME, "/a")

    assert (found.status, found.headers["Location"]) == (302, "/b")
    assert [path for _, _, path, *_ in ASKED] == ["/a", "/b", "/a", "/b", "/a"]


NAMED = '<meta name="csrf-param" content="authenticity_token" />'
SECOND = '<meta name="csrf-token" content="a+b&amp;c&#39;" />'
COOKIES = [("Set-Cookie", "s=1; Path=/; HttpOnly"), ("Set-Cookie", "t=2")]


@pytest.mark.parametrize(
    ("page", "cookies", "body", "cookie"),
    [
        (NAMED + SECOND, COOKIES, "authenticity_token=a%2Bb%26c%27", "s=1; t=2"),
        (SECOND + NAMED, COOKIES[:1], "authenticity_token=a%2Bb%26c%27", "s=1"),
        (NAMED, [], "", ""),
        ("<p>in</p>", COOKIES, "", "s=1; t=2"),
        (NAMED + SECOND + "\udcff", [], "authenticity_token=a%2Bb%26c%27", ""),
    ],
)
def test_a_button_posts_its_pages_token_with_the_pages_cookies(
    page: str, cookies: list[tuple[str, str]], body: str, cookie: str
) -> None:
    pages: dict[str, Shown] = {"/in": (200, page, cookies), "/sso": (302, "", [])}

    assert pressed("/in")(browser(pages), NAME, "/sso").status == 302
    assert ASKED[0][:3] == ("GET", NAME, "/in")
    assert ASKED[1:] == [("POST", NAME, "/sso", body, {"Cookie": cookie, **FORM})]
