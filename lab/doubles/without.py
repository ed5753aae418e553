"""`python3 -m doubles.without NAME VARIABLE…`: what a container's double says without each of its variables.

After a line `without VARIABLE` come its words; fails if something is wrong with all of them in place.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from . import environment
from .contract import Contract, load


def started_with(name: str) -> dict[str, str]:
    """The environment and the flags of the container's first process."""
    entries, words = (Path(f"/proc/1/{file}").read_text().split("\0") for file in ("environ", "cmdline"))
    given = dict(entry.split("=", 1) for entry in entries if "=" in entry)
    return given | environment.flags(words[words.index(name) + 1 :] if name in words else ())


def look(contract: Contract, given: Mapping[str, str]) -> None:
    """One look, as a double's own: at the environment, and only if that is whole at what comes of it."""
    env = environment.resolved(contract, given)
    problems = environment.problems(contract, env)
    for line in problems:
        print(f"unhealthy: {line}", flush=True)
    if not problems:
        # Imported only here: some containers have no memory for two whole doubles.
        whole = {name: import_module(name, __package__) for name in (".health", ".parts", "flask")}
        health = whole[".health"].Health(contract=contract, env=env)
        whole[".parts"].PARTS[contract.part](whole["flask"].Flask(contract.name), health)
        health.look()


def main(name: str, *variables: str) -> None:
    contract, given = load(name), started_with(name)
    if problems := environment.problems(contract, environment.resolved(contract, given)):
        sys.exit(f"{name} with all its variables: {'; '.join(problems)}")
    for variable in variables:
        print(f"without {variable}", flush=True)
        look(contract, {key: value for key, value in given.items() if key != variable})


if __name__ == "__main__":
    main(*sys.argv[1:])
