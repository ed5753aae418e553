"""The forms of what records and settings hold: each is refused in the words that say how to write it."""

import ast
import ipaddress
import re
import zoneinfo
from typing import Annotated, Any
from urllib.parse import urlsplit

from catalogue.model.checks import NAME, Form

APEX = "@"
"""The domain itself, as zone files write it."""
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def _matches(pattern: str) -> Any:
    return re.compile(pattern, re.ASCII).fullmatch


def is_hostname(text: str) -> bool:
    """Labels of lower-case letters, digits and dashes, with dots between them."""
    return len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split("."))


def _is_domain(text: str) -> bool:
    return "." in text and is_hostname(text)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_endpoint(text: str) -> bool:
    """`HOST` or `HOST:PORT`; an address of version 6 stands in brackets."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    known = is_hostname(host) or is_address(host)
    return known and port != 0 and text == parts.netloc and "@" not in text and not text.endswith(":")


def _is_url(text: str) -> bool:
    scheme, _, rest = text.partition("://")
    endpoint = re.split(r"[/?]", rest, maxsplit=1)[0]
    plain = re.fullmatch(r"[!#-&(-;=?-Z_a-z~\[\]]*", rest) and "#" not in rest
    return bool(scheme == "https" and plain and _is_endpoint(endpoint))


def _is_bare_url(text: str) -> bool:
    return _is_url(text) and "/" not in text.removeprefix("https://") and "?" not in text


def _is_mail(text: str) -> bool:
    user, _, domain = text.rpartition("@")
    return bool(re.fullmatch(r"[A-Za-z0-9._+-]+", user)) and is_hostname(domain)


def _is_timezone(text: str) -> bool:
    # A machine without the list of zones knows none, and refuses none.
    return _is_listed(text) or (bool(text) and not _is_listed("Etc/UTC"))


def _is_listed(zone: str) -> bool:
    try:
        zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def _is_expression(text: str) -> bool:
    """It stands in brackets where it is used: nothing in it may hide what follows."""
    try:
        ast.parse(text, mode="eval")
        ast.parse(f"({text})", mode="eval")
    except (SyntaxError, ValueError):
        return False
    return text.isprintable()


Name = Annotated[
    str, Form("lower-case letters, digits and dashes, 2 to 40 of them, as in my-app", NAME.fullmatch)
]
Label = Annotated[
    str,
    Form(
        "one label of a host name: lower-case letters, digits, dashes; or @ for the domain itself",
        lambda text: text == APEX or LABEL.fullmatch(text),
    ),
]
Line = Annotated[str, Form("one line of text", lambda text: text.isprintable() and text.strip())]
Hostname = Annotated[
    str,
    Form(
        "a host's name or address, as in db.example.org", lambda text: is_hostname(text) or is_address(text)
    ),
]
Domain = Annotated[str, Form("a domain in ASCII, as in example.org or xn--bcher-kva.example", _is_domain)]
Network = Annotated[str, Form("a network, as in 10.0.0.0/24 or 203.0.113.7/32", _is_network)]
Endpoint = Annotated[str, Form("HOST or HOST:PORT, or nothing", lambda text: not text or _is_endpoint(text))]
Url = Annotated[str, Form("an address, as in https://acme.example.org/directory", _is_url)]
OptionalUrl = Annotated[
    str,
    Form(
        "an address, as in https://chat.example.org/hook, or nothing", lambda text: not text or _is_url(text)
    ),
]
BareUrl = Annotated[str, Form("an address without a path, as in https://s3.example.org", _is_bare_url)]
Mail = Annotated[str, Form("a mail address, as in admin@example.org", _is_mail)]
Timezone = Annotated[str, Form("a time zone, as in Europe/Paris", _is_timezone)]
Region = Annotated[str, Form("a region, as in fr-par", NAME.fullmatch)]
PortNumber = Annotated[int, Form("a port between 1 and 65535", lambda number: 0 < number < 65536)]
PublicPort = Annotated[str, Form("a port as 22/tcp or 51820/udp", _matches(r"[1-9][0-9]{0,4}/(tcp|udp)"))]
Positive = Annotated[int, Form("a number above 0", lambda number: number > 0)]
NotNegative = Annotated[int, Form("0 or more", lambda number: number >= 0)]
Owner = Annotated[str, Form("uid:gid in numbers, as in 1000:1000", _matches(r"\d{1,10}:\d{1,10}"))]
Variable = Annotated[str, Form("an upper-case variable name", _matches(r"[A-Z][A-Z0-9_]*"))]
# Traefik's rules quote paths by backticks; scripts, JSON and YAML by the others.
Path = Annotated[str, Form("a path, as in /login", _matches(r"/[!#-&(-;=?-Z_a-z~\[\]]*"))]
EncodedCharacters = Annotated[
    str, Form("some of %#?;/\\, as in %#, or nothing", lambda text: set(text) <= set("%#?;/\\"))
]
FilePath = Annotated[str, Form("an absolute path, as in /tmp", _matches(r"/[A-Za-z0-9._/@+-]*"))]
Repository = Annotated[
    str, Form("an image's full name, as in docker.io/library/redis", _matches(r"[a-z0-9./:_-]+"))
]
Tag = Annotated[str, Form("a version as its tag, as in 1.2.3", _matches(r"[\w.-]{0,128}"))]
Word = Annotated[str, Form("a word of a command, without control characters", lambda text: "\0" not in text)]
Extension = Annotated[str, Form("an extension of PostgreSQL, as in pg_trgm", _matches(r"[a-z][a-z0-9_-]*"))]
Locale = Annotated[str, Form("a locale, as in C or en_US.UTF-8", _matches(r"[A-Za-z][A-Za-z0-9_.@-]*"))]
Role = Annotated[
    str, Form("a name in SQL without quotes, as in template0", _matches(r"[a-z_][a-z0-9_]{0,62}"))
]
Capability = Annotated[str, Form("a capability, as in NET_BIND_SERVICE", _matches(r"[A-Z][A-Z_]*"))]
# A browser runs the schemes that are left out, and sends a code in the clear by http but to itself.
RedirectUri = Annotated[
    str,
    Form(
        "a path, https://… or a program's own scheme, as in app.immich:///oauth-callback",
        _matches(
            r"(/|https://[a-z0-9]|http://(localhost|127\.0\.0\.1|\[::1\])[:/]"
            r"|(?!(https?|javascript|data|vbscript):)[a-z][a-z0-9+.-]*:)[!#-&(-;=?-Z_a-z~\[\]]*"
        ),
    ),
]
Term = Annotated[str, Form("a scope's or claim's name, as in offline_access", _matches(r"[A-Za-z0-9_.:/-]+"))]
Expression = Annotated[str, Form("a value in Python, in one line, as in request.user.uid", _is_expression)]
