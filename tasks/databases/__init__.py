"""Each app's role and database on the managed PostgreSQL: what is there, what is wanted, what makes it so."""

from tasks.databases.operation import ask, databases, question, statements
from tasks.databases.scram import verifier
from tasks.databases.state import (
    ExistingDatabase,
    ServerState,
    differences,
    extensions,
    parsed,
    refusal,
)

__all__ = [
    "ExistingDatabase",
    "ServerState",
    "ask",
    "databases",
    "differences",
    "extensions",
    "parsed",
    "question",
    "refusal",
    "statements",
    "verifier",
]
