"""A plan that was kept, to be carried out as it was reviewed."""

import difflib
import json
from pathlib import Path
from typing import Any, Final

from tasks.plan.model import SCHEMA, Plan, to_json

BESIDE: Final = {"diff", "last", "missing", "dns"}
"""What may be another without that a run would do anything else."""


def save(plan: Plan, file: Path) -> None:
    """Writes the plan; no secret is in it."""
    file.write_text(json.dumps(to_json(plan), indent=2) + "\n")


def load(file: Path) -> dict[str, Any]:
    """The plan of a file, as `to_json` made it; ValueError if it is none."""
    try:
        found = json.loads(file.read_text())
        if found["schema"] != SCHEMA:
            raise ValueError(f"{file} is a plan of schema {found['schema']}, this is {SCHEMA}; plan again")
        return dict(found)
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeError, KeyError, TypeError):
        raise ValueError(f"{file} is no plan; guildhall plan --out {file} writes one") from None


def moved(kept: dict[str, Any], made: Plan) -> list[str]:
    """What is no longer as it was planned, as lines of a diff; nothing if all is."""
    before, now = _compared(kept), _compared(to_json(made))
    return list(difflib.unified_diff(before, now, "as it was planned", "as it is now", lineterm="", n=2))


def _compared(plan: dict[str, Any]) -> list[str]:
    """Line by line, without lines of files, whose release has its own name, and without what others keep."""
    return json.dumps(_without(plan, BESIDE), indent=1, ensure_ascii=False).splitlines()


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, names) for key, each in value.items() if key not in names}
    return [_without(each, names) for each in value] if isinstance(value, list | tuple) else value
