"""What runs: every app of the organisation, in the order in which a host is deployed."""

import sys
import traceback
from pathlib import Path

try:
    from catalogue.agents import AGENTS
    from catalogue.identity import IDENTITY
    from catalogue.management import MANAGEMENT
    from catalogue.monitoring import MONITORING
    from catalogue.office import OFFICE
    from catalogue.tools import TOOLS
    from catalogue.views import validated
    from catalogue.voting import VOTING
    from catalogue.work import WORK

    APPS = validated((*AGENTS, *IDENTITY, *MONITORING, *MANAGEMENT, *TOOLS, *OFFICE, *WORK, *VOTING))
except (TypeError, ValueError) as error:
    # Every command imports this before it can catch anything, so a wrong record ends it here, in one line.
    record = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == "<module>"][-1]
    sys.exit(f"catalogue/{Path(record.filename).name} line {record.lineno}: {error}")
