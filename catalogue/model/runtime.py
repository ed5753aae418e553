"""What a container is given of the host and its kernel, and how each is written."""

import re
from dataclasses import dataclass
from typing import Annotated

from catalogue.model.checks import Form, Record, require
from catalogue.model.forms import is_hostname


def _form(words: str, pattern: str) -> Form:
    return Form(words, re.compile(pattern, re.ASCII).fullmatch)


# What the kernel takes (HOST_NAME_MAX in uname(2)).
MachineName = Annotated[
    str,
    Form(
        "a host's name of at most 64 characters, as in node-1 or node-1.example.org, or nothing",
        lambda text: not text or (len(text) <= 64 and is_hostname(text)),
    ),
]
Signal = Annotated[str, _form("a signal, as in SIGINT, or nothing", r"(SIG[A-Z0-9]+)?")]
Size = Annotated[str, _form("a size, as in 256m, or nothing", r"([1-9][0-9]*[kmg])?")]
# The others are the host's (docs.docker.com, `docker container run --sysctl`).
Sysctl = Annotated[
    str,
    _form(
        "one that a container has of its own, as in net.core.somaxconn=1024",
        r"(net\.|kernel\.(msg|sem|shm)|fs\.mqueue\.)[a-z0-9_.-]*=[0-9 \t]+",
    ),
]
HostMount = Annotated[
    str,
    _form(
        "SOURCE:TARGET:ro, as in /var/log/journal:/var/log/journal:ro",
        r"/[^:\s]*:/[^:\s]+:ro(,r?(shared|slave|private))?",
    ),
]
Device = Annotated[str, _form("a device, as in /dev/dri:/dev/dri", r"/dev/[^:\s]+(:/dev/[^:\s]+(:[rwm]+)?)?")]
Alias = Annotated[
    str, _form("a host's name, as in xmpp.meet.example", r"[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?")
]
Limit = Annotated[int, Form("a number, or -1 for no limit", lambda number: number >= -1)]
LimitName = Annotated[str, _form("its name without RLIMIT_, as in nofile", r"[a-z]+")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ulimit(Record):
    """A limit of each process: `nofile` is files that are open at once."""

    name: LimitName
    soft: Limit
    hard: Limit
    """How far the program may raise it by itself."""

    def validate(self) -> None:
        within = self.hard == -1 or 0 <= self.soft <= self.hard
        require(within, f"ulimit '{self.name}': soft {self.soft} is above hard {self.hard}")
