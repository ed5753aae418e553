"""Proof that hosts do what the catalogue says: from outside, from inside, in one table."""

from tasks.verify.operation import only_away, verify

__all__ = ["only_away", "verify"]
