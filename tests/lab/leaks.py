"""Finds secrets where they must not be, in every form in which they could have slipped out."""

import base64
import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import quote, quote_plus

from lab import hosts, ssh

LEAST = 12
"""Shorter texts could be found by chance."""
WINDOW = 24
# The needles lie where nothing is searched, for root alone; grep's arguments would be in the process list.
SEARCH = """
umask 077
needles=$(mktemp /dev/shm/needles.XXXXXXXX)
trap 'rm -f "$needles"' EXIT
cat >"$needles"
{find} -print0 2>/dev/null | LC_ALL=C xargs --null --no-run-if-empty grep -aoFHZs -f "$needles"
true
"""
NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
UNREAL = ("/proc", "/sys", "/dev", "/run/docker/netns")
# Prints a line when it starts; when told to stop, every command line, and environments outside of containers.
SAMPLER = r"""
import collections, os, re, select, sys
seen, read = set(), lambda pid, name: open(f"/proc/{pid}/{name}", "rb").read()
looks = collections.Counter()
print(flush=True)
while not select.select([sys.stdin], [], [], 0.03)[0]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        # A young process may become another program at any time; an old one is looked at now and then.
        looks[pid] += 1
        if looks[pid] > 10 and looks[pid] % 30:
            continue
        try:
            seen.add(read(pid, "cmdline"))
            contained = re.search(rb"docker[/-][0-9a-f]{64}", read(pid, "cgroup"))
            # psql has no other way to get a password than this or a file; only root can read it.
            # The name comes second: what becomes psql between the two has that name with that environment.
            environ, name = read(pid, "environ"), read(pid, "comm")
            if not contained and name != b"psql\n":
                seen.add(environ)
        except OSError:
            pass  # it has ended
sys.stdout.buffer.write(b"\n".join(seen))
"""


def forms(value: str) -> Iterator[tuple[str, str]]:
    """A value as itself and as whatever could have quoted or encoded it."""
    raw = value.encode()
    yield "plain", value
    yield "URL", quote(value, safe="")
    yield "form", quote_plus(value)
    yield "JSON", json.dumps(value)[1:-1]
    yield "JSON", json.dumps(value, ensure_ascii=False)[1:-1]
    yield "Python", repr(value)[1:-1]
    yield "shell", shlex.quote(value)
    yield "dotenv", re.sub(r'([\\"$])', r"\\\1", value).replace("\n", "\\n")
    yield "hex", raw.hex()
    yield "HEX", raw.hex().upper()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        yield from (
            ("base64", part) for part in _windows(encoded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6])
        )


def _windows(encoded: str) -> Iterator[str]:
    """Two parts, since a line may end in one of them."""
    places = (
        range(0, min(len(encoded), 2 * WINDOW) + 1, WINDOW) if len(encoded) >= WINDOW else (0, len(encoded))
    )
    return (encoded[start:end] for start, end in pairwise(places))


@dataclass(frozen=True)
class Scanner:
    """Looks for the values of these names; what it finds it tells by name and form, never by value."""

    values: Mapping[str, str] = field(repr=False)

    @property
    def needles(self) -> dict[str, str]:
        """Each text to search for, without a line break in it, and what it would betray."""
        found: dict[str, str] = {}
        for name, value in self.values.items():
            for form, text in forms(value):
                for line in text.splitlines():
                    found.setdefault(line, f"{name} ({form})")
        return {line: what for line, what in found.items() if len(line) >= LEAST}

    def here(self, find: Sequence[str]) -> set[tuple[str, str]]:
        """Path and what is betrayed there, in files of this machine; `find` is that program's arguments."""
        return self._search(["sh", "-c"], shlex.join(["find", *find]))

    def on(self, host: str, *, without: Sequence[str]) -> set[tuple[str, str]]:
        """The same in all files of a host but for some folders."""
        prune = " -o ".join(f"-path {path}" for path in (*UNREAL, *without))
        return self._search(ssh.argv(hosts.find(host), []), f"find / '(' {prune} ')' -prune -o -type f")

    def open_to_all(self, host: str, folders: Sequence[str]) -> set[tuple[str, str]]:
        """The same in files of a host that a user without any rights can read."""
        find = f"{NOBODY} find {' '.join(folders)} -type f -readable"
        return self._search(ssh.argv(hosts.find(host), []), find)

    def _search(self, shell: Sequence[str], find: str) -> set[tuple[str, str]]:
        needles = self.needles
        text = "".join(f"{needle}\n" for needle in needles)
        done = subprocess.run(
            [*shell, SEARCH.format(find=find)], input=text.encode(), capture_output=True, check=False
        )
        assert not done.stderr, done.stderr.decode()
        lines = (line.split("\0") for line in done.stdout.decode().splitlines())
        return {(path, needles[needle]) for path, needle in lines}


@contextmanager
def processes(host: str) -> Iterator[list[bytes]]:
    """Watches a host's processes meanwhile; afterwards the list holds all that was to be seen of them."""
    watching = subprocess.Popen(
        ssh.argv(hosts.find(host), [f"python3 -c {shlex.quote(SAMPLER)}"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert watching.stdout
    watching.stdout.readline()
    seen: list[bytes] = []
    try:
        yield seen
    finally:
        output, _ = watching.communicate(b"stop")
        seen.append(output)


def journal(host: str) -> str:
    """All that a host's journal holds, fields that are usually not shown too."""
    export = ssh.argv(hosts.find(host), ["journalctl --output=export --no-pager"])
    return subprocess.run(export, capture_output=True, check=True).stdout.decode(errors="replace")
