"""What keeps data: a database, a bucket, volumes."""

from dataclasses import dataclass

from catalogue.model.checks import Record
from catalogue.model.forms import Extension, Name, Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Record):
    """A database and a role of the app's name on the managed PostgreSQL."""

    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket(Record):
    """A private, versioned bucket for the app's files, named after the organisation and the app."""

    browser_uploads: bool
    """The browser talks to the bucket itself, so it needs a CORS rule for the app's address."""
    own_key: bool = False
    """What lies in it is not for other apps: it has a key of its own, not the one of `s3` that they share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Record):
    """A named volume; a deploy never removes one."""

    name: Name
    owner: Owner
    """uid:gid that the volume's folder belongs to when it is made."""
    backup: bool
