"""What a run would do, as data: for a person, a pull request and a machine."""

from tasks.plan.markdown import markdown
from tasks.plan.model import SCHEMA, AppStep, Code, HostPlan, HostStep, Plan, to_json
from tasks.plan.session import prepare
from tasks.plan.text import text

__all__ = [
    "SCHEMA",
    "AppStep",
    "Code",
    "HostPlan",
    "HostStep",
    "Plan",
    "markdown",
    "prepare",
    "text",
    "to_json",
]
