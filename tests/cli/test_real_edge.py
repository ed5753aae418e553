"""What strangers try at the edge, against a real Traefik with the routes of the whole catalogue."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from catalogue import APPS, views
from catalogue.model import Route
from tests.support.edge import Edge, running
from tests.support.site import app, example_site, release_of
from tests.support.yaml_text import read_yaml

LOGIN = "https://gateway.example.org/if/flow/login/"
STATIC = "https://gateway.example.org/static/a.js"
PROTOCOLS = ("--http1.1", "--http2")


@pytest.fixture(scope="module")
def edge(traefik: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running(traefik, example_site(), tmp_path_factory.mktemp("edge")) as found:
        yield found


# Ways to write a path that one program or another takes for it. PATH: /install, BARE: install, REST: nstall;
# UPPER, TITLE, SWAPPED: the path; CODED: the path, with each letter encoded; %69: its first letter.
SPELLINGS = r"""
  PATH UPPER TITLE SWAPPED CODED PATH/ PATH// PATH/. PATH?x PATH;x PATH/x /%69REST
  /PATH //PATH /.PATH /x/..PATH /%2ePATH /x/%2e%2ePATH /x/%2E.PATH /x/../%69REST
  /;PATH /.;PATH /..;PATH /x/..;PATH /x/..%3bPATH /x/%2e%2e%3bPATH
  /%2fBARE /x/..%2fBARE /x/..%2FBARE /x%2f..%2fBARE /x/%2e%2e%2fBARE
  /%5cBARE /x/..%5cBARE /x\..\BARE /\BARE
  PATH%3bx PATH%00 /%00BARE PATH%3fx PATH%23x PATH%2f PATH%20 PATH%2e
  /%2569REST /x/%252e%252ePATH /x/..%252fBARE
  /index.phpPATH /INDEX.PHPPATH /index.php/PATH /index.php/.PATH /index%2ephpPATH /index.php%2fBARE
  /index.php/x/..PATH /index.php;PATH /x/../index.phpUPPER
"""
# Ways out of a part that is open to everybody.
STEPS = (
    *("..", "%2e%2e", "..%2f", "..%2F", "%2e%2e%2f", "..;"),
    *("..%3b", "..%5c", "..\\", "x/../..", "..%252f", ".%2e"),
)


def spellings(path: str) -> list[str]:
    words = {
        "PATH": path,
        "UPPER": path.upper(),
        "TITLE": path.title(),
        "SWAPPED": path.swapcase(),
        "CODED": "/" + "".join(f"%{ord(each):02x}" for each in path[1:]),
        "BARE": path[1:],
        "69REST": f"{ord(path[1]):02x}{path[2:]}",
    }
    return re.sub("|".join(words), lambda found: words[found[0]], SPELLINGS).split()


def around(opened: str, path: str) -> list[str]:
    return [f"{opened.rstrip('/')}/{step}{path}" for step in STEPS]


def hostname(route: Route) -> str:
    return views.hostname(route, example_site())


CLOSED = [route for each in APPS for route in each.routes if route.closed_paths]
GUARDED = [
    (route, [path for other in each.routes if not other.forward_auth for path in other.paths])
    for each in APPS
    for route in each.routes
    if route.forward_auth
]


def reached(edge: Edge, protocol: str, host: str, paths: list[str]) -> list[str]:
    """Those that got to the program."""
    answers = edge.asked(protocol, urls=[f"https://{host}{path}" for path in paths])
    assert len(answers) == len(paths)
    return [path for path, status in zip(paths, answers, strict=True) if status == 200]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.host)
def test_a_closed_path_is_closed_in_every_spelling(edge: Edge, protocol: str, route: Route) -> None:
    """But for `%25` where names of files have it: who decodes it once, as is right, sees another path."""
    ways = [way for path in route.closed_paths for way in spellings(path)]
    tried = [way for way in ways if not ("%" in route.encoded and "%25" in way)]
    got = reached(edge, protocol, hostname(route), tried)

    # What may be viewed is the same page however it is spelled: it is seen, and takes nothing.
    assert set(got) <= {way for path in route.viewed_paths for way in spellings(path)}
    posted = [f"https://{hostname(route)}{way}" for way in got]
    assert not posted or set(edge.asked(protocol, "-X", "POST", urls=posted)) == {403}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("route", "opened"), GUARDED, ids=lambda each: getattr(each, "host", ""))
def test_no_spelling_leads_past_the_login(edge: Edge, protocol: str, route: Route, opened: list[str]) -> None:
    path = "/rest/login"
    ways = [*spellings(path), *(way for part in opened for way in around(part, path))]

    assert reached(edge, protocol, hostname(route), [*ways, *map(str.upper, opened)]) == []
    assert reached(edge, protocol, hostname(route), ["/", *opened]) == opened


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_names_of_files_get_to_the_program_that_has_them_and_to_no_other(edge: Edge, protocol: str) -> None:
    name = "/remote.php/dav/files/u/50%25%20of%20C%23%3B%20why%3F.txt"

    assert reached(edge, protocol, "cloud.example.org", [name]) == [name]
    assert edge.asked(protocol, urls=[f"https://wiki.example.org{name}"]) == [400]
    assert edge.asked(protocol, urls=["https://cloud.example.org/x%2fy"]) == [400]


def test_a_redirect_holds_in_every_spelling(edge: Edge) -> None:
    for path in (
        "/.well-known/carddav",
        "/.WELL-KNOWN/CalDAV",
        "//.well-known/carddav",
        "/%2ewell-known/carddav",
    ):
        answer = edge.headers(f"https://cloud.example.org{path}", "--path-as-is")
        assert answer["location"] == "https://cloud.example.org/remote.php/dav"
    inside = edge.headers("https://cloud.example.org/?x=https://a/.well-known/carddav")
    assert inside["status"] == "200"


def test_the_edge_leads_known_names_alone_from_port_80(edge: Edge) -> None:
    known = edge.headers("http://wiki.example.org/x?y=1")

    assert (known["status"], known["location"]) == ("301", "https://wiki.example.org/x?y=1")
    assert edge.headers("http://stranger.example.net/x")["status"] == "404"


def test_pages_come_with_headers_unless_the_program_has_its_own(edge: Edge) -> None:
    plain, own = edge.headers("https://wiki.example.org/"), edge.headers("https://docs.example.org/")

    assert plain["x-frame-options"] == "SAMEORIGIN"
    assert plain["referrer-policy"] == "same-origin"
    assert "camera=()" in plain["permissions-policy"]
    assert plain["x-content-type-options"] == "nosniff"
    assert "x-frame-options" not in own
    assert plain["strict-transport-security"] == own["strict-transport-security"] == "max-age=31536000"
    assert not {"server", "x-powered-by"} & (plain.keys() | own.keys())


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        (("--tls-max", "1.2"), True),
        (("--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:AES128-SHA"), False),
        (("--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"), False),
        (("--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"), False),
        (("--tlsv1.3",), True),
        (("--curves", "P-384"), True),
        (("--curves", "P-521"), False),
    ],
)  # fmt: skip
def test_the_edge_speaks_no_tls_with_cbc_and_no_odd_curve(
    edge: Edge, words: tuple[str, ...], spoken: bool
) -> None:
    # HTTP/2 refuses these ciphers by itself.
    assert bool(edge.headers("https://wiki.example.org/", "--http1.1", *words)) is spoken


def test_the_edges_log_keeps_no_query(edge: Edge) -> None:
    edge.headers(
        "https://wiki.example.org/there?token=canary-of-a-query", "-e", "https://a/?canary-of-a-query"
    )
    edge.headers("http://wiki.example.org/there?token=canary-of-a-query")
    time.sleep(0.5)

    assert "/there" in edge.log.read_text()
    assert "canary-of-a-query" not in edge.log.read_text()


@pytest.fixture
def store(edge: Edge, redis_server: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The Redis of the rate limits, as its record starts it."""
    files = release_of(app("redis"), example_site()).files
    service = read_yaml(files["compose.yaml"])["services"]["redis"]
    words = [*service["entrypoint"], *service["command"], "--port", str(edge.redis), "--dir", str(tmp_path)]
    started = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        wait_for_logins(edge)
        yield started
    finally:
        started.send_signal(signal.SIGCONT)
        started.kill()
        started.wait()


def wait_for_logins(edge: Edge) -> None:
    until = time.monotonic() + 10
    while edge.asked(urls=[LOGIN]) != [200] and time.monotonic() < until:
        time.sleep(0.1)


def test_without_its_store_nobody_logs_in_and_pages_without_a_limit_go_on(edge: Edge) -> None:
    """What the record of the store says of its failure; with it logins come back: see the other tests."""
    assert edge.asked(urls=[LOGIN, STATIC]) == [500, 200]


def test_a_guesser_is_slowed_down_and_a_store_that_hangs_keeps_nobody_waiting_for_long(
    edge: Edge, store: subprocess.Popen[bytes]
) -> None:
    limit = app("authentik").routes[0].rate_limit
    assert limit
    assert {200, 429} <= set(edge.asked("--parallel", urls=[LOGIN] * limit.burst * 3))

    store.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    assert edge.asked(urls=[LOGIN, STATIC]) == [500, 200]
    assert time.monotonic() - began < 40

    store.send_signal(signal.SIGCONT)
    wait_for_logins(edge)
    assert edge.asked(urls=[LOGIN]) == [200]


def test_a_full_store_goes_on_counting(edge: Edge, store: subprocess.Popen[bytes]) -> None:
    """Its memory is what an attacker with many addresses can fill."""
    fill = "for i = 1, 3000 do redis.call('set', 'k' .. i, string.rep('x', 16384)) end"
    client = redis.Redis(port=edge.redis)
    client.eval(fill, 0)
    time.sleep(2.1)

    assert int(client.info("stats")["evicted_keys"]) > 0
    assert edge.asked(urls=[LOGIN]) == [200]
