"""Tables for a person: columns below each other."""

from collections.abc import Iterable, Sequence
from typing import Final

from tasks.run import Finding

COLUMNS: Final = ("host", "check", "subject", "result", "detail")
OPEN_COLUMNS: Final = ("from", "to", "port", "because")


def concerns(row: Finding, app: str) -> bool:
    """Whether a row that a host says of itself is about an app, or says that it could not be asked."""
    if row.check == "container":
        return row.subject.startswith(f"{app}/")
    return row.check == "host" or (row.check == "metrics" and row.subject.startswith((f"{app} ", f"{app}-")))


def opened(rows: Iterable[Sequence[str]]) -> str:
    """What is open, from where, and which field of which record says so."""
    return aligned([OPEN_COLUMNS, *rows])


def table(findings: Iterable[Finding]) -> str:
    """One row for each finding, failures marked."""
    return aligned(
        [
            COLUMNS,
            *(
                (each.host, each.check, each.subject, "ok" if each.passed else "FAILED", each.detail)
                for each in findings
            ),
        ]
    )


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(
        "    " + "  ".join((*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]))
        for row in rows
    )
