"""How far a run is, part by part, from the lines that hosts say meanwhile."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tasks.plan.collect import STACKS
from tasks.plan.model import Plan
from tasks.plan.outcome import ENDED, GOOD

LINE: Final = re.compile(r"\[([\w.-]+)\] +(.*)")
"""A host, and what it says."""
PLANNED: Final = ("release ", "retire: ")
"""How the plan of an app begins, which is said once more before it is carried out."""
DONE: Final = "done"
FAILED: Final = "FAILED"


@dataclass
class Part:
    """An app, or a part of a host."""

    host: str
    what: str
    is_app: bool
    at: str = "waits"
    """What it is doing, or how it ended."""
    began: float = 0
    """In seconds of the run's clock; 0: it has not."""
    took: float | None = None
    """None: it has not ended."""


@dataclass(frozen=True)
class Row:
    """What is shown of an app, or of all parts of a host together, which are many and mostly short."""

    host: str
    what: str
    at: str
    how: Literal["waits", "works", "good", "bad"]
    seconds: float | None
    """None: it has not begun."""


class Progress:
    """Of one run: what it is going to do is known, and each line brings it on."""

    def __init__(self, plan: Plan, clock: Callable[[], float]) -> None:
        """`clock`: seconds that never go back."""
        self.clock, self.at_apps = clock, set[str]()
        self.parts = [
            Part(host.name, what, is_app)
            for host in plan.hosts
            if not (host.unreachable or host.problem)
            for what, is_app in (
                *((step.name, False) for step in host.steps if step.changes),
                *((app.app, True) for app in host.apps if not app.refused),
            )
        ]

    def heard(self, line: str) -> bool:
        """Takes note of a line; False if it is of no part, and a person should see it."""
        match = LINE.match(line)
        name, said = match.groups() if match else ("", "")
        if said.startswith(f"{STACKS}: "):
            self.at_apps.add(name)
            return True
        for part in self.parts:
            if part.host == name and said.startswith(f"{part.what}: "):
                at = said.removeprefix(f"{part.what}: ")
                if not part.is_app or (name in self.at_apps and not at.startswith(PLANNED)):
                    self._note(part, said, at)
                return True
        return False

    def _note(self, part: Part, said: str, at: str) -> None:
        ended = ENDED.match(said) if part.is_app else None
        if part.took is not None and not ended:
            return
        part.began = part.began or self.clock()
        part.at = ended[2] if ended else at
        over = bool(ended) or at in (DONE, FAILED)
        part.took = self.clock() - part.began if over else None

    def rows(self) -> Iterator[Row]:
        """What is to be seen at the moment, by host and in the order of the work."""
        for host in self._hosts():
            steps = [part for part in self.parts if part.host == host and not part.is_app]
            if steps:
                yield self._together(steps)
            yield from (self._row(part) for part in self.parts if part.host == host and part.is_app)

    def _together(self, steps: Sequence[Part]) -> Row:
        over = [part for part in steps if part.took is not None]
        now = next((part for part in steps if part.began and part.took is None), steps[-1])
        bad = any(part.at == FAILED for part in steps)
        how = "bad" if bad else "good" if len(over) == len(steps) else _how(now)
        at = f"{len(over)} of {len(steps)}{f': {now.what}' if how == 'works' else ''}"
        seconds = sum(self._seconds(part) or 0 for part in steps)
        return Row(steps[0].host, "the server itself", at, how, seconds)

    def _row(self, part: Part) -> Row:
        return Row(part.host, part.what, part.at, _how(part), self._seconds(part))

    def _seconds(self, part: Part) -> float | None:
        if part.took is not None:
            return part.took
        return self.clock() - part.began if part.began else None

    def _hosts(self) -> list[str]:
        return list(dict.fromkeys(part.host for part in self.parts))

    def left(self) -> Iterator[str]:
        """What becomes of each host if nobody leads the run any more."""
        for host in self._hosts():
            open_ = [part for part in self.parts if part.host == host and part.took is None]
            begun = [part for part in open_ if part.began]
            yield f"{host}: {_left(begun, [part for part in open_ if not part.began])}"
        yield "guildhall plan says how each of them is then"


def _how(part: Part) -> Literal["waits", "works", "good", "bad"]:
    if part.took is None:
        return "works" if part.began else "waits"
    return "good" if part.at in (DONE, *GOOD) else "bad"


def _left(begun: list[Part], waiting: list[Part]) -> str:
    """A host that has begun with its apps has all of them, and goes on by itself."""
    after = ", ".join(part.what for part in waiting)
    if not begun:
        return f"is not begun: {after}" if after else "has done all of it"
    now = ", ".join(f"{part.what} ({part.at})" for part in begun)
    if any(part.is_app for part in begun):
        return f"goes on by itself with {now}{f', then {after}' if after else ''}"
    return f"may have half of {now}{f'; not begun: {after}' if after else ''}"
