"""The few calls of the provider's API that the buttons make; Python's standard library only.

These scripts run in the image's Python, which is 3.9: bugy/script-server 1.18.0, tools/Dockerfile.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from typing import Any

TIMEOUT = 30  # seconds
API = os.environ.get("SCW_API_URL", "https://api.scaleway.com")
REGION = os.environ["SCW_REGION"]
ZONE = f"{REGION}-1"
UTC = timezone.utc  # noqa: UP017 - Python 3.9 has no other name for it


def call(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer as JSON; ends the script in one line if the API refuses."""
    request = urllib.request.Request(  # noqa: S310 - an address of our own
        f"{API}{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"X-Auth-Token": os.environ["SCW_SECRET_KEY"], "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:300]}")
    except OSError as error:
        sys.exit(f"{method} {path}: {error}")


def stamp() -> str:
    """Part of a name that no other run has."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
