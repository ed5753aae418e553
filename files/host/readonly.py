#!/usr/bin/python3 -IS
"""What SSH runs in the place of any command that comes with a key which may only read.

A command runs if its whole text is one by which a plan, or verify, learns how this server is. The list says
what each may be told on standard input: `none`; `passwords` of databases; `files`, paths in releases;
`drift`, for alerts; or, where the server's own copy of Guildhall's program runs in its place, what its
verbs `read` and `scan` take.
Exit code 126 for a refusal.
It lies on the server by itself: Python's standard library alone.
"""

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import syslog

KNOWN = "/etc/guildhall/readonly.json"
PROGRAM = "/usr/local/lib/guildhall/program.py"
OWNER = 0
SUDO = "sudo -H -n "
LONGEST = 1024 * 1024
"""Bytes on standard input; ten times what a plan sends."""
SECONDS = 60
"""So long may it take to come."""
LIMITED = ("/usr/bin/timeout", "--kill-after=5", "600")
"""So long may it run: verify waits for five minutes at most."""
MOST = 1000
"""Ports, or names of one kind."""
TOLD = {
    "none": re.compile(b""),
    # The administrator's, then a role and its password a line: nothing that psql takes for an option.
    "passwords": re.compile(rb"[A-Za-z0-9+/=]+\n(?:[a-z][a-z0-9_-]* [A-Za-z0-9+/=]+\n)*"),
    # No hidden file, as `.env` is, nor what is a secret as a whole.
    "files": re.compile(
        rb"(?:[a-z][a-z0-9-]*/(?:current|live)(?!/secrets[/\n])(?:/[A-Za-z0-9_][\w.@+ -]*)+\n)*"
    ),
    "drift": re.compile(
        rb"guildhall_drift_checked_seconds \d{1,12}\n"
        rb'(?:guildhall_drift\{(?:app|part)="[\w |:,.\'-]{1,100}",moved="[a-z]{1,20}"\} 1\n){0,300}'
    ),
}
KINDS = ["accounts", "files", "groups", "packages", "units"]
# Neither an option, nor a pattern for several, nor a path.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,99}")
REFUSED = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
# Nothing of the environment that came with the connection.
CLEAN = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


def main():
    """The exit code of the command."""
    said = os.environb.get(b"SSH_ORIGINAL_COMMAND", b"")
    if os.geteuid() != OWNER:
        # Every account that is listed is root by sudo, which hands nothing of the environment on.
        os.execv("/usr/bin/sudo", ["sudo", "-H", "-n", "/usr/bin/python3", "-IS", __file__, said])  # noqa: S606
    said = os.fsencode(sys.argv[1]) if sys.argv[1:] else said
    signal.alarm(SECONDS)
    given = sys.stdin.buffer.read(LONGEST + 1)
    signal.alarm(0)
    try:
        words, told = allowed(said, json.loads(owned(KNOWN)), given)
    except REFUSED as error:
        syslog.openlog("guildhall-readonly")
        syslog.syslog(syslog.LOG_WARNING, f"refused: {said[:200]!a}")
        sys.stderr.write(f"this key may only read: {error}\n")
        return 126
    return subprocess.run([*LIMITED, *words], input=told, env=CLEAN, cwd="/", check=False).returncode


def allowed(said, listed, given):
    """The words to run and their standard input; ValueError says why not."""
    whole = said.removeprefix(SUDO.encode())
    kind = listed["commands"].get(hashlib.sha256(whole).hexdigest())
    if len(given) > LONGEST:
        raise ValueError("too much on standard input")
    if kind in ("read", "scan"):
        # What came to be run, in the first line, is not: it would be whatever the key's holder likes.
        owned(PROGRAM)
        asked = json.loads(given.partition(b"\n")[2])
        told = questions(asked, listed["files"]) if kind == "read" else ports(asked, listed["tried"])
        return ["/usr/bin/python3", "-I", "-S", PROGRAM, kind], json.dumps(told).encode()
    given = b"" if kind == "none" else given
    if kind in TOLD and TOLD[kind].fullmatch(given):
        return ["/bin/sh", "-c", whole], given
    raise ValueError("as last deployed, neither plan nor verify asks that of this server")


def questions(asked, files):
    """Of files, whose digests are told, none but those that a deploy compares; of the rest any name."""
    if sorted(asked) != KINDS or max(map(len, asked.values())) > MOST:
        raise ValueError("as last deployed, a plan has other questions")
    if unknown := set(asked["files"]) - set(files):
        raise ValueError(f"as last deployed, a plan does not compare {min(unknown)!a}")
    if not all(NAME.fullmatch(name) for kind in KINDS if kind != "files" for name in asked[kind]):
        raise ValueError("these are no names of packages, units, accounts and groups")
    return {kind: sorted(set(asked[kind])) for kind in KINDS}


def ports(asked, tried):
    """What is tried: numbers of ports may come with the key, addresses may not."""
    found = {protocol: asked[protocol] for protocol in ("tcp", "udp")}
    for numbers in found.values():
        if len(numbers) > MOST or not all(type(each) is int and 0 < each < 65536 for each in numbers):
            raise ValueError("these are no ports that verify tries")
    return {**tried, **found}


def owned(path):
    """The content of a file that is root's, and that nobody else can write."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != OWNER or status.st_mode & 0o022:
            raise ValueError(f"{path} is not root's alone")
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
