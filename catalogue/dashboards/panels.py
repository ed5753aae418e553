"""What a dashboard is made of: `lines("Processor", "percentunit", by="host").show("Share of …", "1 - …")`."""

from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Final, Literal

Kind = Literal["timeseries", "stat", "table", "state-timeline", "logs"]
Source = Literal["prometheus", "loki"]
Variable = Literal["host", "app", "service", "level", "unit", "search"]
ROW: Final = 24
"""Columns of a row, as Grafana counts them."""


@dataclass(frozen=True, slots=True)
class Look:
    """How something is shown."""

    title: str
    unit: str
    """By Grafana's name for it: `percentunit`, `Bps`, `dateTimeFromNow`."""
    _: KW_ONLY
    kind: Kind
    source: Source = "prometheus"
    by: str = ""
    """Labels that tell one line, or one row, from another; they lead to what else is known of them."""
    value: str = ""
    """Of a table: what its number is called; without a name it is not shown."""
    bad_from: float | None = None
    """From this value on it is red: the limit of an alert, where there is one."""
    bad_below: float | None = None
    leads_to: str = ""
    """The uid of the dashboard that says more."""
    width: int = ROW // 2
    height: int = 8

    def show(self, sentence: str, query: str) -> "Panel":
        """It, of that query; the sentence says what is to be seen to who sees it for the first time."""
        return Panel(look=self, sentence=sentence, query=query)


lines = partial(Look, kind="timeseries")
counted = partial(Look, kind="timeseries", source="loki")
"""Of what is logged, how much."""
number = partial(Look, kind="stat", width=6, height=4)
table = partial(Look, kind="table")
states = partial(Look, kind="state-timeline", unit="bool_yes_no", width=ROW)
"""Over time, whether something is so: 1 or 0."""
logged = partial(Look, kind="logs", source="loki", unit="none", width=ROW, height=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture of a dashboard."""

    look: Look
    sentence: str
    query: str

    def __post_init__(self) -> None:
        if not (self.look.title and self.look.unit and self.query and self.sentence.endswith(".")):
            raise ValueError(f"panel '{self.look.title}': give it a title, a unit, a sentence and a query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    uid: str
    """Part of the address that people and alerts keep: it stays."""
    title: str
    sentence: str
    variables: tuple[Variable, ...] = ()
    """What is chosen at its top: queries have it as `$host`."""
    choices: Source = "prometheus"
    """Where what can be chosen is looked up."""
    panels: tuple[Panel, ...]
