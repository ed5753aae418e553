"""Where the program begins: `read`, `apply`, `boot`, `account`, `rollback`, `scan` or `metrics`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main(words: list[str]) -> int:
    """The exit code: 0 done, 1 an app was refused or failed, 75 another deploy holds the lock."""
    os.umask(0o077)
    # A cut connection must not stop the work half way: it goes on, unheard.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    root = Path(os.environ.get("GUILDHALL_ROOT", "/opt"))
    log = Path(os.environ.get("GUILDHALL_LOG", "/var/log/guildhall/deploys.jsonl"))
    try:
        return VERBS[words[0]](root, log)
    except Exception as error:
        print(f"deploy: FAILED: {type(error).__name__}: {error}", flush=True)
        return 1


# Each is imported when it is wanted: reading a host must be quick.
def _read(root: Path, log: Path) -> int:
    from onhost import answer, reading  # noqa: PLC0415

    answer.write(reading.told(root, log, sys.stdin.read()))
    return 0


def _apply(root: Path, log: Path) -> int:
    from onhost import deploys  # noqa: PLC0415

    return deploys.apply(root, log, sys.stdin.buffer.read())


def _boot(root: Path, log: Path) -> int:
    from onhost import boot  # noqa: PLC0415

    return boot.boot(root, log)


def _account(root: Path, _: Path) -> int:
    from onhost import account  # noqa: PLC0415

    return account.made(root, sys.stdin.read())


def _scan(root: Path, _: Path) -> int:
    from onhost import answer, scan  # noqa: PLC0415

    answer.write(scan.told(sys.stdin.read()))
    return 0


def _rollback(root: Path, log: Path) -> int:
    from onhost import rollback  # noqa: PLC0415

    return rollback.rolled_back(root, log, sys.stdin.read())


def _metrics(root: Path, log: Path) -> int:
    from onhost import metrics  # noqa: PLC0415

    print(*metrics.told(root, log), sep="\n")
    return 0


VERBS = {
    "read": _read,
    "apply": _apply,
    "boot": _boot,
    "account": _account,
    "rollback": _rollback,
    "scan": _scan,
    "metrics": _metrics,
}
