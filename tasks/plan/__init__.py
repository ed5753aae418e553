"""What a run would do, as data: for a person, a pull request and a machine."""

from tasks.plan.collect import Said, collected
from tasks.plan.decision import Decision
from tasks.plan.drift import drift, metrics, noted
from tasks.plan.file import load, moved, save
from tasks.plan.hearing import Ear, Steps, worked_on
from tasks.plan.markdown import markdown
from tasks.plan.model import SCHEMA, AppStep, Code, HostPlan, HostStep, Plan, failed, to_json
from tasks.plan.outcome import Outcome, code, outcomes, told
from tasks.plan.outside import has_not, names, with_missing
from tasks.plan.progress import Progress
from tasks.plan.standing import Standing, shown, sick, standing_code, standing_json, standings
from tasks.plan.text import text
from tasks.plan.wish import UnreachableError, Wish, wished

__all__ = [
    "SCHEMA",
    "AppStep",
    "Code",
    "Decision",
    "Ear",
    "HostPlan",
    "HostStep",
    "Outcome",
    "Plan",
    "Progress",
    "Said",
    "Standing",
    "Steps",
    "UnreachableError",
    "Wish",
    "code",
    "collected",
    "drift",
    "failed",
    "has_not",
    "load",
    "markdown",
    "metrics",
    "moved",
    "names",
    "noted",
    "outcomes",
    "save",
    "shown",
    "sick",
    "standing_code",
    "standing_json",
    "standings",
    "text",
    "to_json",
    "told",
    "wished",
    "with_missing",
    "worked_on",
]
