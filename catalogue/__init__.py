"""What runs, and all that follows from it: plain records, no network and no files."""

import sys
import traceback
from pathlib import Path

try:
    from catalogue.apps import APPS as APPS
except (TypeError, ValueError) as error:
    # Every command imports this before it can catch anything, so a wrong record ends it here, in one line.
    record = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == "<module>"][-1]
    file = Path(record.filename).relative_to(Path(__file__).resolve().parent.parent)
    sys.exit(f"{file} line {record.lineno}: {error}")
