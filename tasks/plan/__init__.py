"""What a run would do, as data: for a person, a pull request and a machine."""

from tasks.plan.collect import Said, collected
from tasks.plan.drift import drift, metrics
from tasks.plan.file import load, moved, save
from tasks.plan.markdown import markdown
from tasks.plan.model import SCHEMA, AppStep, Code, HostPlan, HostStep, Plan, to_json
from tasks.plan.outcome import Outcome, outcomes
from tasks.plan.standing import Standing, shown, standings
from tasks.plan.text import text

__all__ = [
    "SCHEMA",
    "AppStep",
    "Code",
    "HostPlan",
    "HostStep",
    "Outcome",
    "Plan",
    "Said",
    "Standing",
    "collected",
    "drift",
    "load",
    "markdown",
    "metrics",
    "moved",
    "outcomes",
    "save",
    "shown",
    "standings",
    "text",
    "to_json",
]
