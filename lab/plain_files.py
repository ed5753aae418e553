"""What the bench compares with: every file of the deployed hosts, managed by pyinfra's own `files.put`."""

import base64
import io
import tarfile
from typing import Final

from lab import engine, layout
from lab.engine import Engine

# What site.py put there: the releases' files, live ones once, and the host's own.
LISTED: Final = """
find /opt/*/current/ /opt/*/live -type f ! -name manifest.json ! -path '*/current/live/*'
find /etc -type f '(' -name '*guildhall*' ! -name '*-lab' -o -path /etc/docker/daemon.json ')'
"""
PACKED: Final = f"{{ {LISTED} }} | tar -czf - --absolute-names --files-from - | base64"
DEPLOY: Final = """
from io import BytesIO

from pyinfra import host
from pyinfra.operations import files

FILES = {files!r}

# Over the files of all hosts, so that each operation has the same place in every host's order.
for path in host.loop(sorted({{path for of_host in FILES.values() for path in of_host}})):
    if path in FILES[host.name]:
        mode, content = FILES[host.name][path]
        files.put(name=path, src=BytesIO(content), dest=path, mode=mode, user="root", group="root")
"""
Files = dict[str, tuple[str, bytes]]
"""Path: mode and content."""


def deploy_file() -> str:
    """A deploy file that finds nothing to do on these hosts; it holds the secrets of every `.env`."""
    return DEPLOY.format(files={host.name: files for host, files in of_hosts().items()})


def of_hosts() -> dict[layout.Host, Files]:
    """Every file of each host, secrets too."""
    outer = engine.connect()
    return {host: _files(outer, host) for host in layout.HOSTS}


def _files(outer: Engine, host: layout.Host) -> Files:
    packed = base64.b64decode(outer.docker("exec", host.name, "sh", "-c", PACKED))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {entry.name: (f"{entry.mode:o}", _content(archive, entry)) for entry in archive}


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(entry)
    return stream.read() if stream else b""
