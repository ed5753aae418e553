"""The servers: where they are listed, and the site that they make together."""

from tasks.inventory.connection import check_options
from tasks.inventory.servers import described, groups, load, site
from tasks.inventory.values import check_data, check_patterns

__all__ = ["check_data", "check_options", "check_patterns", "described", "groups", "load", "site"]
