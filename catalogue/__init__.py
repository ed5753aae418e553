"""What runs, and all that follows from it: plain records, no network and no files."""

import os
import sys

from catalogue.model import DEBUG, told

try:
    from catalogue.apps import APPS as APPS
except (Exception, SystemExit) as error:
    # Every command imports this before it can catch anything, so a wrong record ends it here, in one line.
    line = told(error)
    if line is None or os.environ.get(DEBUG):
        raise
    sys.exit(line)
