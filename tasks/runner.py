"""What a machine of a CI needs before its work and says after it."""

import os
from pathlib import Path
from typing import Final

import requests

from tasks.clients import TIMEOUT_SECONDS, session

OPENSSH: Final = "-----BEGIN OPENSSH PRIVATE KEY-----"  # pragma: allowlist secret


def heartbeat(url: str) -> str:
    """Tells an address that a run was here; what was done. ValueError, without the address, if it was not."""
    if not url:
        return "HEARTBEAT_URL is not set: nobody is told that this ran"
    try:
        code = session().get(url, timeout=TIMEOUT_SECONDS).status_code
    except requests.RequestException as error:  # its text has the address, which is as good as a password
        raise ValueError(f"HEARTBEAT_URL: {type(error).__name__}; nobody is told that this ran") from None
    if code >= 400:
        raise ValueError(f"HEARTBEAT_URL: HTTP {code}; nobody is told that this ran")
    return "it is told that this ran"


def key(text: str) -> Path:
    """Puts a private key where SSH looks for one; ValueError if it is none, or if another one is there."""
    content = text.strip()
    if not content.startswith(OPENSSH):
        raise ValueError("SSH_KEY holds no private key of OpenSSH; ssh-keygen -t ed25519 makes one")
    file = Path.home() / ".ssh/id_ed25519"
    if file.exists() and file.read_text().strip() != content:
        raise ValueError(f"{file} is there and is another key; this command is for a CI's own machine")
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{content}\n")
    return file
