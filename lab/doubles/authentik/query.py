"""Stand-ins for what code in authentik imports: modules by their names, and questions to its tables."""

import operator
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

Row = Mapping[str, Any]
WAYS: Mapping[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "lte": operator.le,
    "gte": operator.ge,
    "lt": operator.lt,
    "gt": operator.gt,
}


class Query:
    """Rows as Django's `objects` are asked: `filter(name=…, name__lte=…)`, `exclude`, `exists`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def filter(self, **fields: Any) -> "Query":
        return Query(row for row in self.rows if _fits(row, fields))

    def exclude(self, **fields: Any) -> "Query":
        return Query(row for row in self.rows if not _fits(row, fields))

    def exists(self) -> bool:
        return bool(self.rows)


def _fits(row: Row, fields: Mapping[str, Any]) -> bool:
    asked = [(*name.partition("__")[::2], value) for name, value in fields.items()]
    return all(WAYS[way](row[name], value) for name, way, value in asked)


def modules(contents: Mapping[str, Mapping[str, Any]]) -> dict[str, ModuleType]:
    """Modules with these names in them, and the packages that they are in."""
    made: dict[str, ModuleType] = {}
    for path, names in contents.items():
        parts = path.split(".")
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            made.setdefault(name, ModuleType(name)).__path__ = []
        vars(made[path]).update(names)
    return made
