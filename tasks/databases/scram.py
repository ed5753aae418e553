"""What PostgreSQL stores of a password, made on this side: the server never sees the password itself."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

ITERATIONS: Final = 4096
"""PostgreSQL's own default (`scram_iterations`); a client pays for it at each login."""


def verifier(password: str, salt: bytes | None = None) -> str:
    """The SCRAM-SHA-256 verifier of a password (RFC 5803); ValueError if SASLprep might have to change it."""
    if not (password.isascii() and password.isprintable()):
        raise ValueError("must be printable ASCII; let the secrets command make one")
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server = _hmac(salted, b"Server Key")
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
