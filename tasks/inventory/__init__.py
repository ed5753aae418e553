"""The servers: where they are listed, and the site that they make together."""

from tasks.inventory.servers import described, groups, load, site

__all__ = ["described", "groups", "load", "site"]
