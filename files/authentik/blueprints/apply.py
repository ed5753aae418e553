"""Applies our blueprint, all of it or nothing, and ends with what is wrong with it; for `ak shell -c`.

authentik's own command shows the values of an entry that it refuses, secrets among them, and ends well when
nothing was applied (goauthentik/authentik version/2026.2.2,
authentik/blueprints/management/commands/apply_blueprint.py).
"""

import sys
import time

from authentik.blueprints.models import BlueprintInstance
from authentik.blueprints.v1.common import EntryInvalidError
from authentik.blueprints.v1.importer import Importer

PATH = "custom/apps.yaml"
PAUSE = 5  # seconds


def refusal() -> str | None:
    """What is wrong with which entry, without its values; None if all was applied. Other errors pass."""
    try:
        importer = Importer.from_string(BlueprintInstance(path=PATH).retrieve())
        valid, _ = importer.validate(raise_validation_errors=True)
    except EntryInvalidError as error:
        detail = getattr(error.validation_error, "detail", None)
        return f"{PATH}: {error.entry_model} '{error.entry_id}': {detail or error}"
    if not (valid and importer.apply()):
        sys.exit(f"{PATH}: nothing was applied; the worker may be writing the same at this moment")
    return None


def end() -> int:
    """0: all was applied. 1: it may still come, at a first start above all. 2: it is refused for good."""
    if not refusal():
        return 0
    time.sleep(PAUSE)  # the worker is new as well, and may have been writing the same
    wrong = refusal()
    sys.stdout.write(f"{wrong or 'applied'}\n")
    known = BlueprintInstance.objects.filter(path=PATH).exclude(last_applied_hash="")
    return (2 if known.exists() else 1) if wrong else 0


sys.exit(end())
