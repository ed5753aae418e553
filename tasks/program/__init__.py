"""The program that runs on the hosts: how it gets there, and what it says of a host that it reads."""

from tasks.program.packed import SENT, command, installed, packed
from tasks.program.reading import READ, Asked, File, Moment, Reading, Unit, expect, fresh, moment, read

__all__ = [
    "READ",
    "SENT",
    "Asked",
    "File",
    "Moment",
    "Reading",
    "Unit",
    "command",
    "expect",
    "fresh",
    "installed",
    "moment",
    "packed",
    "read",
]
