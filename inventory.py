"""The hosts of the chosen environment and their groups; nothing else."""

from pyinfra.api.exceptions import PyinfraError as _PyinfraError

from tasks.inventory import groups as _groups
from tasks.settings import load as _load

_MEMBERS = {
    "tools": ["tools-prod"],
    "management": ["management"],
    "authentik": ["authentik-prod"],
}

try:
    # pyinfra takes every public list of this file for a group, hence the underscores above.
    globals().update(_groups(_load(), _MEMBERS))
except ValueError as _error:
    raise _PyinfraError(str(_error)) from None
