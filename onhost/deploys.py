"""All that one run brings to this host: received, under the lock, app by app."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import shutil
import tarfile
import time
import zlib
from pathlib import Path

from onhost import containers, engine, isolation, locks, orders, steps
from onhost.messages import Voice, spoken
from onhost.programs import Programs, StepError
from onhost.undo import Attempt, reason, refuse
from onhost.work import LIMITS, Host, Job, limit

BUSY = 75
UNREADABLE = (OSError, EOFError, ValueError, tarfile.TarError, zlib.error)
"""What was sent did not arrive whole, or could not be stored."""
RUN, ORDER, RELEASE = "run.json", "order.json", "release"


def apply(root: Path, log: Path, sent: bytes) -> int:
    """Applies what was sent: base64 of a tar with RUN, and for each app a folder with ORDER and RELEASE."""
    try:
        folder, descriptor = locks.incoming(root)
    except OSError as error:
        return _unstored(error)
    try:
        unpacked(sent, folder)
        lock = locks.Lock(root)
        host = Host(root, log, lock, Programs((lock.descriptor, descriptor)), time.monotonic())
        return _applied(host, folder, orders.run((folder / RUN).read_text()))
    except UNREADABLE as error:
        return _unstored(error)
    except locks.BusyError as busy:
        spoken(str(busy))
        return BUSY
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unstored(error: Exception) -> int:
    spoken(f"the releases could not be stored on this host; nothing was changed ({reason(error)})")
    return 1


def unpacked(sent: bytes, folder: Path) -> None:
    """With the archive's modes, each file for root alone until it is whole; OSError, TarError, ValueError."""
    whole = gzip.decompress(base64.b64decode(sent))  # at once: a tar's own end comes before the sum of it all
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            parts = Path(entry.name).parts
            if content is None or ".." in parts or entry.name.startswith("/"):
                raise ValueError(f"{entry.name} is no file below the release")
            _folders(folder, parts[:-1])
            _stored(folder / entry.name, content.read(), entry.mode)


def _stored(file: Path, content: bytes, mode: int) -> None:
    """On the disk, too: a power cut must not leave an empty file behind a name."""
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    file.chmod(mode)


def _folders(folder: Path, parts: tuple[str, ...]) -> None:
    """What lies in a release's folder, containers' users may look into; the folder itself is root's alone."""
    for depth, name in enumerate(parts):
        folder /= name
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755 if depth > 1 else 0o700)


def _applied(host: Host, folder: Path, run: orders.Run) -> int:
    host.lock.take(run.by, limit(run, "lock"))
    locks.sweep(host.root)
    if not swept(host):
        return 1
    done: list[str] = []
    failed: list[str] = []
    for each in sorted(folder.glob("[0-9]*-*")):
        order = orders.order(json.loads((each / ORDER).read_text()))
        (done if _brought(host, run, order, each / RELEASE) else failed).append(order.app)
    if failed:
        rest = f"; in place: {' '.join(done)}" if done else ""
        spoken(f"deploy: failed: {' '.join(failed)}{rest}")
    return 1 if failed else 0


def swept(host: Host) -> bool:
    """Whether the host is in a state to deploy to; says what was put right, and what could not be."""
    try:
        containers.checkers_removed()  # of a run that was killed
        if isolation.is_open():
            spoken("deploy: what keeps apps apart was gone; Docker Engine makes it anew")
            restart = ("systemctl", "restart", "docker")  # containers run on meanwhile
            host.programs.run(
                *restart, limit=LIMITS["engine"], what="Docker Engine could not be started anew"
            )
    except (engine.EngineError, StepError) as error:
        spoken(f"deploy: FAILED: {error}; nothing was changed")
        return False
    return True


def _brought(host: Host, run: orders.Run, order: orders.Order, release: Path) -> bool:
    voice = Voice(order.app)
    voice.knows(release / ".env", host.root / order.app / ".env")
    attempt = Attempt(Job(host, run, order, voice), release)
    if order.before not in (None, attempt.stack.stands):
        return refuse(attempt, StepError("somebody else brought it to another release meanwhile; plan again"))
    try:
        return steps.retire(attempt) if order.retire else steps.deploy(attempt)
    except Exception as error:
        voice.say(f"FAILED at {attempt.at}: {type(error).__name__}: {error}; deploy again")
        return attempt.note("failed", good=False)
