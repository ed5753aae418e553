"""Secrets: which are needed, where they are kept, and how a value stays out of sight."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

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
from tasks.secrets.sensitive import Sensitive
from tasks.secrets.store import Store, open_store

if TYPE_CHECKING:
    from tasks.secrets.iam import Iam
    from tasks.secrets.issued import holders, issue, renew, retire
    from tasks.secrets.scaleway import ScalewayStore

__all__ = [
    "DotenvStore",
    "Iam",
    "Needed",
    "Place",
    "ScalewayStore",
    "Sensitive",
    "Store",
    "check_place",
    "checked",
    "generate",
    "holders",
    "issue",
    "lines",
    "listed",
    "look_up",
    "made",
    "open_store",
    "place",
    "problems",
    "put",
    "renew",
    "resolve",
    "retire",
    "rules",
    "variables",
    "write_private",
]
LATER: Final = {
    "Iam": "iam",
    "ScalewayStore": "scaleway",
    **dict.fromkeys(("holders", "issue", "renew", "retire"), "issued"),
}


def __getattr__(name: str) -> Any:
    """What needs Scaleway's SDK is imported when it is wanted."""
    if name not in LATER:
        raise AttributeError(f"tasks.secrets has no {name}")
    return getattr(import_module(f"tasks.secrets.{LATER[name]}"), name)
