"""What is said to a program stands between two lines: whatever else a host prints is not part of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

BEGIN, END = "--- guildhall begin ---", "--- guildhall end ---"


def write(lines: Iterable[dict[str, Any]]) -> None:
    """JSON in ASCII: no tab, line break or byte of a file's name can be mistaken for ours."""
    body = "".join(f"{json.dumps(line)}\n" for line in lines)
    sys.stdout.write(f"\n{BEGIN}\n{body}{END}\n")


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    """What was written; ValueError if it is damaged or not there."""
    found = [line.rstrip("\r") for line in lines]
    if BEGIN not in found or END not in found[found.index(BEGIN) :]:
        raise ValueError("its answer was cut off" if BEGIN in found else "it gave no answer")
    start = found.index(BEGIN) + 1
    return [_object(line) for line in found[start : found.index(END, start)]]


def _object(line: str) -> dict[str, Any]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("a line of its answer is damaged")
    return value
