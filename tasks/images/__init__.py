"""Which digest an image is pulled by: what registries say, and the lock file that keeps it."""

from tasks.images.lock_file import lock, read
from tasks.images.outdated import Newer, outdated
from tasks.images.registry import Registries

__all__ = ["Newer", "Registries", "lock", "outdated", "read"]
