"""Which digest an image is pulled by: what registries say, and the lock file that keeps it."""

from tasks.images.lock_file import lock, missing, read
from tasks.images.outdated import Newer, outdated
from tasks.images.registry import MissingError, Registries

__all__ = ["MissingError", "Newer", "Registries", "lock", "missing", "outdated", "read"]
