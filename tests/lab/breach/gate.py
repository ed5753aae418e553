"""On a host, as root: networks made for the test alone, joined by one that has the rules of a server."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

GATE = "gate"
SETTINGS = """
echo 1 >/proc/sys/net/ipv4/ip_forward
for each in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 0 >$each; done
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
"""
Link = tuple[str, list[str], list[str]]
"""The gate's interface to somebody, its addresses there, and theirs."""
Ask = tuple[str, int, str]
"""Where a program runs, as which user, and its text."""


def said(
    links: Mapping[str, Link], rules: Sequence[str], serve: str, ports: Sequence[int], asks: Mapping[str, Ask]
) -> list[dict[str, str]]:
    """With each set of rules at the gate, what each program says; all answer at the ports."""
    serving = []
    with joined(links):
        try:
            for who in (GATE, *links):
                for port in ports:
                    argv = ["ip", "netns", "exec", who, sys.executable, "-c", serve, str(port)]
                    serving.append(subprocess.Popen(argv, stdout=subprocess.PIPE))
            for each in serving:
                (each.stdout or sys.stdin).readline()
            return [_asked(each, asks) for each in rules]
        finally:
            for each in serving:
                each.kill()
                each.wait()


def _asked(rules: str, asks: Mapping[str, Ask]) -> dict[str, str]:
    inside(GATE, "nft", "-f", "-", given=f"flush ruleset\n{rules}")
    return {
        who: inside(place, "setpriv", f"--reuid={user}", sys.executable, "-", given=program)
        for who, (place, user, program) in asks.items()
    }


@contextmanager
def joined(links: Mapping[str, Link]) -> Iterator[None]:
    try:
        for who in (GATE, *links):
            ip("netns", "add", who)
        for who, link in links.items():
            _join(who, *link)
        for who in (GATE, *links):
            inside(who, "sh", "-ec", SETTINGS)
        for who, (interface, ours, theirs) in links.items():
            _address(who, interface, ours, theirs)
        _wait(GATE, len(links))
        for who in links:
            _wait(who, 1)
        yield
    finally:
        for who in (GATE, *links):
            subprocess.run(["ip", "netns", "delete", who], check=False)


def _join(who: str, interface: str, *_: list[str]) -> None:
    ip("link", "add", interface, "netns", GATE, "type", "veth", "peer", "name", "eth0", "netns", who)
    for place, name in ((GATE, interface), (who, "eth0"), (GATE, "lo"), (who, "lo")):
        ip("-n", place, "link", "set", name, "up")


def _address(who: str, interface: str, ours: list[str], theirs: list[str]) -> None:
    for place, name, addresses in ((GATE, interface, ours), (who, "eth0", theirs)):
        for each in addresses:
            ip("-n", place, "address", "add", each, "dev", name, *(["nodad"] if ":" in each else []))
    for each in theirs:
        if each.endswith(("/32", "/128")):
            ip("-n", GATE, "route", "add", each, "dev", interface)
    for each in ours:
        ip("-n", who, "route", "add", "default", "via", each.partition("/")[0], "dev", "eth0", "onlink")


def _wait(who: str, interfaces: int) -> None:
    """Until each has given itself the address from which it asks for neighbours by IPv6: a second or two."""
    for _ in range(200):
        shown = inside(who, "ip", "-6", "-oneline", "address", "show", "scope", "link", "-tentative")
        if len(shown.splitlines()) >= interfaces:
            return
        time.sleep(0.05)
    raise TimeoutError(f"{who} has no link-local address on each interface after 10 s")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def inside(who: str, *words: str, given: str = "") -> str:
    argv = ["ip", "netns", "exec", who, *words]
    return subprocess.run(argv, input=given, text=True, check=True, stdout=subprocess.PIPE).stdout
