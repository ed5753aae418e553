"""`python3 -m doubles.once NAME [FLAG…]`: one look at what a program must have; fails if it lacks any."""

import os
import sys
from dataclasses import replace

from . import environment, start
from .contract import load
from .health import Health

if __name__ == "__main__":
    contract = load(sys.argv[1])
    given = {**os.environ, **environment.flags(sys.argv[2:])}
    start.insist(contract, environment.resolved(contract, given))
    vital = tuple(need for need in contract.needs if need.vital)
    health = Health(contract=replace(contract, needs=vital), env=environment.resolved(contract, given))
    health.look()
    sys.exit(1 if health.problems else 0)
