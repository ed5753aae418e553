"""Expressions of policies and of property mappings, evaluated as authentik does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from .accounts import EVERY


@dataclass(frozen=True, kw_only=True)
class User:
    """A person as an expression sees one; empty if nobody is known yet."""

    username: str
    name: str = ""
    email: str = ""
    is_superuser: bool = False
    groups: tuple[str, ...] = ()
    factor: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an expression calls `request`."""

    user: User
    context: Mapping[str, Any]


def evaluated(expression: str, asked: Asked, **more: Any) -> Any:
    """Of a function's body, with names around it."""
    names: dict[str, Any] = {
        "ak_is_group_member": lambda user, name: EVERY in user.groups or name in user.groups,
        "ak_user_has_authenticator": lambda user: user.factor,
        **more,
    }
    exec(f"def body(request):\n{indent(expression, '    ')}", names)  # noqa: S102 - our own blueprint
    return names["body"](asked)
