"""Secrets: which are needed, where they are kept, and how a value stays out of sight."""

from tasks.secrets.dotenv import DotenvStore, lines, write_private
from tasks.secrets.needs import (
    Needed,
    Place,
    check_place,
    checked,
    generate,
    listed,
    look_up,
    made,
    place,
    problems,
    put,
    resolve,
    rules,
    variables,
)
from tasks.secrets.scaleway import ScalewayStore
from tasks.secrets.sensitive import Sensitive
from tasks.secrets.store import Store, open_store

__all__ = [
    "DotenvStore",
    "Needed",
    "Place",
    "ScalewayStore",
    "Sensitive",
    "Store",
    "check_place",
    "checked",
    "generate",
    "lines",
    "listed",
    "look_up",
    "made",
    "open_store",
    "place",
    "problems",
    "put",
    "resolve",
    "rules",
    "variables",
    "write_private",
]
