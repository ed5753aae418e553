"""A secret that cannot be printed by accident."""

from typing import Final, Never, Self

MASK: Final = "***"


class Sensitive:
    """Holds a secret; it prints as `***` and only `reveal()` gives it away.

    Not a `str` on purpose: JSON, YAML and string joins refuse it instead of quietly leaking or masking it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> Never:
        raise TypeError("a secret cannot be pickled: it would be written down in plain")
