"""The hosts of the chosen environment and their groups; nothing else."""

from pathlib import Path as _Path

import pyinfra as _pyinfra
from pyinfra.api.exceptions import PyinfraError as _PyinfraError

_here = _Path(__file__).resolve().parent
if _pyinfra.is_cli and _Path.cwd() != _here:
    # Elsewhere pyinfra finds no config.py, and would connect before anything was checked.
    raise _PyinfraError(f"pyinfra must be started in the checkout; type cd {_here}")

from tasks.inventory import groups as _groups  # noqa: E402 - from there they may not be found
from tasks.settings import load as _load  # noqa: E402 - the same

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
