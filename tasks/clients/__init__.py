"""What the control side talks through: HTTP, S3 and Scaleway's API, each with limits and plain errors."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tasks.clients.bucket_reader import BucketReader
from tasks.clients.http import TIMEOUT_SECONDS, session
from tasks.clients.s3 import connect, explained

if TYPE_CHECKING:
    from tasks.clients.iam import IamApi
    from tasks.clients.scaleway import PatientApi, SecretApi, client

__all__ = [
    "TIMEOUT_SECONDS",
    "BucketReader",
    "IamApi",
    "PatientApi",
    "SecretApi",
    "client",
    "connect",
    "explained",
    "session",
]
LATER: Final = {"IamApi": "iam", "PatientApi": "scaleway", "SecretApi": "scaleway", "client": "scaleway"}


def __getattr__(name: str) -> Any:
    """Scaleway's SDK takes a tenth of a second to import: it is when it is wanted."""
    if name not in LATER:
        raise AttributeError(f"tasks.clients has no {name}")
    return getattr(import_module(f"tasks.clients.{LATER[name]}"), name)
