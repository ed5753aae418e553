"""Buckets for the apps' files: what is wrong with each, and the operation that puts it right."""

from tasks.buckets.aspects import WantedBucket, apply, differences, wanted_bucket
from tasks.buckets.operation import ask, buckets

__all__ = ["WantedBucket", "apply", "ask", "buckets", "differences", "wanted_bucket"]
