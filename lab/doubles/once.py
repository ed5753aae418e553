"""`python3 -m doubles.once NAME [FLAG…]`: one look at what a program wants; fails and says what it lacks."""

import os
import sys

from . import environment
from .contract import load
from .health import Health

if __name__ == "__main__":
    contract = load(sys.argv[1])
    given = {**os.environ, **environment.flags(sys.argv[2:])}
    health = Health(contract=contract, env=environment.resolved(contract, given))
    health.look()
    sys.exit(1 if health.problems else 0)
