"""Proof that hosts do what the catalogue says: from outside, from inside, in one table."""

from tasks.verify.operation import verify

__all__ = ["verify"]
