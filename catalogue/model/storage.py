"""What keeps data: a database, a bucket, volumes."""

from dataclasses import dataclass

from catalogue.model.checks import Record
from catalogue.model.forms import Extension, Locale, Name, Owner, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Record):
    """A database and a role of the app's name on the managed PostgreSQL."""

    extensions: tuple[Extension, ...] = ()
    lc_collate: Locale | None = None
    """How its texts are sorted: `C` for programs that count on bytes (Synapse); None: as the server has it.

    PostgreSQL gives this and the next one to a new database only: another for one that is there is refused.
    """
    lc_ctype: Locale | None = None
    """What is a letter, and its upper case."""
    template: Role | None = None
    """What a new one is a copy of; None: the server's own template, or the bare one for another locale."""

    @property
    def options(self) -> str:
        """What `CREATE DATABASE` is told beside its owner; the forms of all values exclude quotes."""
        locales = {"LC_COLLATE": self.lc_collate, "LC_CTYPE": self.lc_ctype}
        given = "".join(f" {name} '{value}'" for name, value in locales.items() if value)
        # The server's own template may hold texts in its order, so PostgreSQL refuses another order with it.
        template = self.template or ("template0" if given else "")
        return (f" TEMPLATE {template}" if template else "") + given


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
