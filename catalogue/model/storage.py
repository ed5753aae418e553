"""What keeps data: a database, a bucket, volumes."""

import re
from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require
from catalogue.model.forms import Extension, Locale, Name, Owner, Role, Word


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
    statistics: bool = False
    """Its role reads the statistics of the whole server too (pg_monitor): for what measures it. Of what
    others keep it reads nothing."""

    @property
    def options(self) -> str:
        """What `CREATE DATABASE` is told beside its owner; the forms of all values exclude quotes."""
        locales = {"LC_COLLATE": self.lc_collate, "LC_CTYPE": self.lc_ctype}
        given = "".join(f" {name} '{value}'" for name, value in locales.items() if value)
        # The server's own template may hold texts in its order, so PostgreSQL refuses another order with it.
        template = self.template or ("template0" if given else "")
        return (f" TEMPLATE {template}" if template else "") + given


DUMPS = {
    "postgres": "pg_dumpall --username=$POSTGRES_USER",
    "mariadb": "MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb-dump --user=root --single-transaction -A",
    "mysql": "MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysqldump --user=root --single-transaction -A",
}
"""What writes all of a database, by the name that Docker's own image of its engine has and its variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar(Record):
    """A database of the app's own in a container beside it, where the managed PostgreSQL will not do."""

    engine: Literal["postgres", "mariadb", "mysql"]
    dump: tuple[Word, ...] = ()
    """What writes all of it to standard output, run in the container: a snapshot of its volume alone may
    have caught it in the middle of its work. Empty: the engine's own, by the variables of Docker's image."""
    extensions: tuple[Extension, ...] = ()
    """What a restored one must have before anything is read back into it."""

    @property
    def dumped(self) -> tuple[str, ...]:
        """The command that dumps it."""
        return self.dump or ("sh", "-c", DUMPS[self.engine])

    def version(self, tag: str) -> str:
        """Its major version by its image's tag: 16 of `pg16` and `2.17.2-pg16`, 11 of `11.8.8`."""
        found = re.search(r"pg(\d+)", tag) or re.search(r"(\d+)", tag)
        return found[1] if found else ""

    def check(self, where: str, repository: str, tag: str) -> None:
        """ValueError if the image is another engine's."""
        image = repository.rpartition("/")[2]
        require(
            image == self.engine or image not in DUMPS,
            f"{where}: its sidecar is {self.engine}, and its image is {image}; correct one of them",
        )
        require(
            self.version(tag),
            f"{where}: no version of {self.engine} can be read from its image's tag '{tag}'",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket(Record):
    """A private, versioned bucket for the app's files, named after the organisation and the app.

    Its key opens no other bucket, and no other app's key opens it.
    """

    browser_uploads: bool
    """The browser talks to the bucket itself, so it needs a CORS rule for the app's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Record):
    """A named volume; a deploy never removes one."""

    name: Name
    owner: Owner
    """uid:gid that the volume's folder belongs to when it is made."""
    backup: bool
