"""Names that tests of the lab's own code still take from here."""

from tests.support.site import HOSTS, app, release_of, secrets_of

__all__ = ["HOSTS", "app", "release_of", "secrets_of"]
