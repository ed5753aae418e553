"""How a record refuses what is wrong: each value has the type, and the form, that its field says."""

import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
TODO = "TODO"
"""What a first draft has where nobody knows the value yet: no field takes it for one."""
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "True or False", type(None): "None"}


def require(condition: object, message: str) -> None:
    if not condition:
        raise ValueError(message)


def unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        require(name not in seen, f"{what} '{name}' is declared twice; give one of them another name")
        seen.add(name)


@dataclass(frozen=True, slots=True)
class Form:
    """What a value must look like beside its type; `words` complete the sentence `write …`."""

    words: str
    good: Callable[[Any], object]


class WrongValueError(ValueError):
    """A field of a record has a value that it cannot have."""

    def __init__(self, record: str, field: str, problem: str) -> None:
        super().__init__(f"{record}: {problem}")
        self.field, self.problem = field, problem


class Record:
    """A dataclass that checks itself when it is built: first its types and forms, then `validate`."""

    __slots__ = ()

    def __post_init__(self) -> None:
        kind: type = type(self)
        for name, wanted in _hints(kind).items():
            if problem := _problem(name, getattr(self, name), wanted):
                raise WrongValueError(_label(self), name, problem)
        self.validate()

    def validate(self) -> None:
        """ValueError if values that are good each by itself do not go together."""


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _label(record: Record) -> str:
    name = getattr(record, "name", None)
    kind = type(record).__name__.lower()
    return f"{kind} '{name}'" if isinstance(name, str) else kind


def _problem(name: str, value: Any, wanted: Any) -> str | None:
    """What is wrong with a value, in one line with what to write; None if nothing is."""
    of_kind = KINDS.get(get_origin(wanted), _of_type)
    return of_kind(name, value, get_args(wanted) or (wanted,))


def _of_type(name: str, value: Any, wanted: tuple[Any, ...]) -> str | None:
    (kind,) = wanted
    # True is a whole number to Python, and to nobody else.
    good = kind is Any or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool)))
    return None if good else _said(name, value, WORDS.get(kind, f"{kind.__name__}(…)"))


def _of_form(name: str, value: Any, wanted: tuple[Any, ...]) -> str | None:
    kind, form = wanted
    wrong = _problem(name, value, kind)
    return wrong or (None if form.good(value) and value != TODO else _said(name, value, form.words))


def _of_known(name: str, value: Any, wanted: tuple[Any, ...]) -> str | None:
    return None if value in wanted else _said(name, value, " or ".join(map(repr, wanted)))


def _of_any(name: str, value: Any, wanted: tuple[Any, ...]) -> str | None:
    found = [_problem(name, value, each) for each in wanted]
    return None if None in found else found[0]


def _of_tuple(name: str, value: Any, wanted: tuple[Any, ...]) -> str | None:
    if not isinstance(value, tuple):
        return _said(name, value, "several in brackets, with a comma behind each: (…,)")
    found = (_problem(f"{name}[{number}]", each, wanted[0]) for number, each in enumerate(value))
    return next(filter(None, found), None)


def _of_mapping(name: str, value: Any, wanted: tuple[Any, ...]) -> str | None:
    if not isinstance(value, Mapping):
        return _said(name, value, "several in braces: {…: …, …: …}")
    keys = (_problem(f"a key of {name}", key, wanted[0]) for key in value)
    values = (_problem(f"{name}[{key!r}]", each, wanted[1]) for key, each in value.items())
    return next(filter(None, (*keys, *values)), None)


KINDS: Mapping[Any, Callable[[str, Any, tuple[Any, ...]], str | None]] = {
    Annotated: _of_form,
    Literal: _of_known,
    Union: _of_any,
    types.UnionType: _of_any,
    tuple: _of_tuple,
    Mapping: _of_mapping,
}
"""How a value is held against a type that is not simply a class."""


def _said(name: str, value: Any, words: str) -> str:
    shown = ascii(value) if not isinstance(value, str) or not value.isprintable() else f"'{value}'"
    return f"{name} is {shown if len(shown) <= 60 else f'{shown[:57]}…'}; write {words}"
