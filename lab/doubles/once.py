"""`python3 -m doubles.once NAME`: one look at all that a program wants; fails, and says why, if it is absent."""

import os
import sys

from . import environment
from .contract import load
from .health import Health

if __name__ == "__main__":
    contract = load(sys.argv[1])
    health = Health(contract=contract, env=environment.resolved(contract, os.environ))
    health.look()
    sys.exit(1 if health.problems else 0)
