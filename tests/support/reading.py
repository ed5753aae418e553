"""What comes with a key that may only read: what a server is asked, and ways to get at more."""

import hashlib
import json
from typing import Any

from tasks import look, program
from tasks.host import NOTE, READ
from tasks.host.readonly import sent
from tasks.settings import ROOT
from tasks.stacks import CONTENTS

IDENTITY = sent(READ).encode()
STACKS = sent(program.READ).encode()
APPLY = sent(program.command("apply", "true")).encode()
DATABASES = "export PGADMIN=admin\n" + (ROOT / "files/databases/read.sh").read_text()
ROLES = sent(DATABASES).encode()
GIVEN = b"c2VjcmV0\noutline cGFzcw==\n"
SCAN = sent(look.SCAN).encode()
PLACES = {"servers": ["10.0.0.3"], "others": [], "services": [["db.example.net", 5432]]}
PORTS = {"tcp": [22, 5432], "udp": [53]}
FILES = sent(CONTENTS).encode()
PATHS = b"outline/current/compose.yaml\ntraefik/live/dynamic/wiki 1.yml\n"
LEFT = sent(NOTE).encode()
CHECKED = b"guildhall_drift_checked_seconds 1790000000\n"
QUESTIONS = {
    READ: "none",
    program.READ: "read",
    DATABASES: "passwords",
    CONTENTS: "files",
    look.SCAN: "scan",
}
"""Commands by which a server is asked."""
COMPARED = ("/etc/docker/daemon.json", "/etc/ssh/guildhall.keys")
"""Files whose digests a deploy compares."""
PROGRAM = b"UEsDBA==another program\n"


def tried(**plan: object) -> bytes:
    """What verify sends: its program, then what it wants to be tried."""
    return PROGRAM + json.dumps({**PLACES, **PORTS, **plan}).encode() + b"\n"


def asked(**questions: Any) -> bytes:
    """What a plan sends: its program, then what it wants to know."""
    plain = json.loads(program.Asked(files=frozenset(COMPARED)).written())
    return PROGRAM + json.dumps({**plain, **questions}).encode() + b"\n"


WAYS: dict[str, tuple[bytes, bytes]] = {
    "a shell": (b"", b""),
    "a shell by name": (b"bash -i", b""),
    "another command": (sent("cat /opt/outline/.env").encode(), b""),
    "a second command behind": (IDENTITY + b"; id", b""),
    "a second command in front": (b"id; " + IDENTITY, b""),
    "a second command on a line of its own": (IDENTITY + b"\nid", b""),
    "a line end behind": (IDENTITY + b"\n", b""),
    "a null byte behind": (IDENTITY + b"\0", b""),
    "a blank behind": (IDENTITY + b" ", b""),
    "a blank in front": (b" " + IDENTITY, b""),
    "a blank more within": (IDENTITY.replace(b"cat /", b"cat  /"), b""),
    "an argument more": (IDENTITY + b" -x", b""),
    "in the background": (IDENTITY + b" & id", b""),
    "piped into a shell": (IDENTITY + b" | sh", b""),
    "into a file": (IDENTITY + b" > /etc/passwd", b""),
    "within a substitution": (b"$(" + IDENTITY + b")", b""),
    "other quotes": (IDENTITY.replace(b"'", b'"'), b""),
    "without its quotes": (IDENTITY.replace(b"'", b""), b""),
    "out of its quotes": (IDENTITY.replace(b"; fi'", b"; fi'; id; '"), b""),
    "another shell": (IDENTITY.replace(b"sh -c", b"bash -c", 1), b""),
    "another case": (IDENTITY.upper(), b""),
    "a variable in front": (b"PATH=/tmp:$PATH " + IDENTITY, b""),
    "a library in front": (b"env LD_PRELOAD=/tmp/x.so " + IDENTITY, b""),
    "sudo twice": (b"sudo -H -n sudo -H -n " + IDENTITY, b""),
    "sudo as somebody": (b"sudo -H -n -u postgres " + IDENTITY, b""),
    "sudo with a shell": (b"sudo -H -n -s " + IDENTITY, b""),
    "sudo alone": (b"sudo -H -n ", b""),
    "another verb": (APPLY, asked()),
    "another verb in its place": (STACKS.replace(b'" read;', b'" rollback;'), asked()),
    "two verbs": (STACKS.replace(b'" read;', b'" read apply;'), asked()),
    "the digest itself": (hashlib.sha256(IDENTITY).hexdigest().encode(), b""),
    "files by sftp": (b"/usr/lib/openssh/sftp-server", b""),
    "files by the name of the subsystem": (b"internal-sftp", b""),
    "files by scp": (b"scp -t /etc/cron.d/x", b""),
    "files by rsync": (b"rsync --server . /etc/cron.d", b""),
    "the lines that a program printed": (sent("docker compose logs outline").encode(), b""),
    "the record of deploys": (sent("cat /var/log/guildhall/deploys.jsonl").encode(), b""),
    "the digest of secrets": (STACKS, asked(files=["/opt/outline/.env"])),
    "the digest of passwords": (STACKS, asked(files=[*COMPARED, "/etc/shadow"])),
    "the digest of a file by a longer path": (STACKS, asked(files=["/etc/docker/../shadow"])),
    "a file that never ends": (STACKS, asked(files=["/proc/kmsg"])),
    "a list in the place of a file": (STACKS, asked(files=[["/etc/shadow"]])),
    "a text in the place of files": (STACKS, asked(files="/etc/shadow")),
    "a number in the place of names": (STACKS, asked(packages=7)),
    "numbers in the place of names": (STACKS, asked(packages=[7])),
    "names for all packages": (STACKS, asked(packages=["lib*"])),
    "names for some units": (STACKS, asked(units=["ssh[a-z]"])),
    "a unit that is an option": (STACKS, asked(units=["--failed"])),
    "a unit by its path": (STACKS, asked(units=["/etc/x.service"])),
    "an account of two lines": (STACKS, asked(accounts=["root\nada"])),
    "a group that is a secret's path": (STACKS, asked(groups=["../shadow"])),
    "a name without an end": (STACKS, asked(groups=["a" * 101])),
    "more names than there are": (STACKS, asked(packages=[f"p{number}" for number in range(1001)])),
    "another question": (STACKS, asked(read=["/etc/shadow"])),
    "no question": (STACKS, PROGRAM),
    "a question without the program": (STACKS, asked().removeprefix(PROGRAM)),
    "a list of questions": (STACKS, PROGRAM + b'["accounts", "files", "groups", "packages", "units"]'),
    "questions within questions": (STACKS, PROGRAM + b"[" * 100_000),
    "a role that is an option": (ROLES, b"c2VjcmV0\n--file=/etc/shadow cGFzcw==\n"),
    "a role that is another server": (ROLES, b"c2VjcmV0\nhost=evil.example.net cGFzcw==\n"),
    "a role that is an address": (ROLES, b"c2VjcmV0\npostgresql://evil.example.net/ cGFzcw==\n"),
    "no password": (ROLES, b"\n"),
    "a password that is a command": (ROLES, b"$(id)\n"),
    "a password that ends its quotes": (ROLES, b"c2VjcmV0\noutline ';id;'\n"),
    "more than passwords": (ROLES, GIVEN + b"\n\\! id\n"),
    "a file of secrets": (FILES, b"outline/current/.env\n"),
    "a folder of secrets": (FILES, b"grafana/current/secrets\n"),
    "a file in a folder of secrets": (FILES, b"grafana/current/secrets/grafana/key\n"),
    "all of a release": (FILES, b"outline/current\n"),
    "a file of an older release": (FILES, b"outline/releases/1/compose.yaml\n"),
    "a file out of a release": (FILES, b"outline/current/../../../etc/shadow\n"),
    "a file by its whole path": (FILES, b"/etc/shadow\n"),
    "a file behind a null byte": (FILES, b"outline/current/a\0/etc/shadow\n"),
    "files that are options": (FILES, b"--to-command=id\n"),
    "a file behind a good one": (FILES, PATHS + b"outline/.env\n"),
    "a note that is none": (LEFT, b"up 1\n"),
    "a note of something else": (LEFT, CHECKED + b'up{app="outline"} 0\n'),
    "a note that says more": (LEFT, CHECKED + b'guildhall_drift{app="x",moved="host"} 1 # x\n'),
    "a note elsewhere": (LEFT.replace(b"metrics/drift", b"../drift"), CHECKED),
    "an empty note": (LEFT, b""),
    "ports that are none": (SCAN, tried(tcp=["22"])),
    "half a port": (SCAN, tried(tcp=[22.5])),
    "a port beyond all": (SCAN, tried(udp=[65536])),
    "every port": (SCAN, tried(tcp=list(range(1, 65536)))),
    "too much": (IDENTITY, b"x" * (1024 * 1024 + 1)),
}
