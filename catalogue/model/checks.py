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
        for name, problem_of in _tests(kind).items():
            if problem := problem_of(name, getattr(self, name)):
                raise WrongValueError(_label(self), name, problem)
        self.validate()

    def validate(self) -> None:
        """ValueError if values that are good each by itself do not go together."""


Test = Callable[[str, Any], str | None]
"""What is wrong with the value of a field, in one line with what to write; None if nothing is."""


@cache
def _tests(kind: type) -> dict[str, Test]:
    """By field; made once for each kind of record, of which there are many."""
    return {name: _test(wanted) for name, wanted in get_type_hints(kind, include_extras=True).items()}


def _label(record: Record) -> str:
    name = getattr(record, "name", None)
    kind = type(record).__name__.lower()
    return f"{kind} '{name}'" if isinstance(name, str) else kind


def _test(wanted: Any) -> Test:
    made: Callable[..., Test] = KINDS.get(get_origin(wanted), _of_type)
    return made(*(get_args(wanted) or (wanted,)))


def _of_type(kind: Any) -> Test:
    def problem(name: str, value: Any) -> str | None:
        # True is a whole number to Python, and to nobody else.
        good = kind is Any or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool)))
        return None if good else _said(name, value, WORDS.get(kind, f"{kind.__name__}(…)"))

    return problem


def _of_form(kind: Any, form: Form) -> Test:
    of_kind = _test(kind)

    def problem(name: str, value: Any) -> str | None:
        wrong = of_kind(name, value)
        return wrong or (None if form.good(value) and value != TODO else _said(name, value, form.words))

    return problem


def _of_known(*known: Any) -> Test:
    def problem(name: str, value: Any) -> str | None:
        return None if value in known else _said(name, value, " or ".join(map(repr, known)))

    return problem


def _of_any(*kinds: Any) -> Test:
    tests = [_test(each) for each in kinds]

    def problem(name: str, value: Any) -> str | None:
        found = [test(name, value) for test in tests]
        return None if None in found else found[0]

    return problem


def _of_tuple(kind: Any, *_: Any) -> Test:
    test = _test(kind)

    def problem(name: str, value: Any) -> str | None:
        if not isinstance(value, tuple):
            return _said(name, value, "several in brackets, with a comma behind each: (…,)")
        found = (test(f"{name}[{number}]", each) for number, each in enumerate(value))
        return next(filter(None, found), None)

    return problem


def _of_mapping(key: Any, kind: Any) -> Test:
    of_key, of_value = _test(key), _test(kind)

    def problem(name: str, value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return _said(name, value, "several in braces: {…: …, …: …}")
        keys = (of_key(f"a key of {name}", each) for each in value)
        values = (of_value(f"{name}[{each!r}]", value[each]) for each in value)
        return next(filter(None, (*keys, *values)), None)

    return problem


KINDS: Mapping[Any, Callable[..., Test]] = {
    Annotated: _of_form,
    Literal: _of_known,
    Union: _of_any,
    types.UnionType: _of_any,
    tuple: _of_tuple,
    Mapping: _of_mapping,
}
"""What holds a value against a type that is not simply a class."""


def _said(name: str, value: Any, words: str) -> str:
    shown = ascii(value) if not isinstance(value, str) or not value.isprintable() else f"'{value}'"
    return f"{name} is {shown if len(shown) <= 60 else f'{shown[:57]}…'}; write {words}"
