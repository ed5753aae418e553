"""What Alloy's `stage.replace` makes of a line: wherever its expression matches, the group that took part."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

STAGE = re.compile(r'stage\.replace \{\s*expression = `([^`]*)`\s*replace\s*= "([^"]*)"\s*\}')


@dataclass(frozen=True)
class Stage:
    """One of them: grafana/alloy v1.19.0-rc.3, internal/component/loki/process/stages/replace.go."""

    expression: re.Pattern[str]
    replace: str

    @classmethod
    def of(cls, expression: str, replace: str) -> Self:
        return cls(re.compile(expression, re.ASCII), replace)

    def __call__(self, line: str) -> str:
        return self.expression.sub(self._replaced, line)

    def _replaced(self, found: re.Match[str]) -> str:
        start, end = (each - found.start() for each in found.span(found.lastindex or 0))
        return found[0][:start] + self.replace + found[0][end:]


def stages(text: str) -> list[Stage]:
    """Every one of a configuration, in its order; ValueError for one that is written otherwise than ours."""
    found = [Stage.of(*each) for each in STAGE.findall(text)]
    if len(found) != text.count("stage.replace {"):
        raise ValueError("a stage.replace has other settings than expression and replace, in this order")
    return found


def scrubbed(line: str, known: Iterable[Stage]) -> str:
    for stage in known:
        line = stage(line)
    return line
