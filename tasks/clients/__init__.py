"""What the control side talks through: HTTP, S3 and Scaleway's API, each with limits and plain errors."""

from tasks.clients.http import TIMEOUT_SECONDS, session
from tasks.clients.s3 import connect, explained
from tasks.clients.scaleway import IamApi, PatientApi, SecretApi, client

__all__ = [
    "TIMEOUT_SECONDS",
    "IamApi",
    "PatientApi",
    "SecretApi",
    "client",
    "connect",
    "explained",
    "session",
]
