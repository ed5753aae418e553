"""Commands on this machine, with errors in one line."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError


def run(
    argv: Sequence[str],
    *,
    data: bytes | None = None,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Run a command and return what it printed; LabError with the line that says why if it fails."""
    try:
        done = subprocess.run(
            argv,
            input=data or b"",
            capture_output=True,
            check=False,
            env={**os.environ, **(env or {})},
            cwd=folder,
        )
    except OSError as error:
        raise LabError(f"{argv[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise LabError(f"`{' '.join(argv[:4])}` failed: {complaint(done.stderr or done.stdout)}")
    return done.stdout.decode(errors="replace").strip()


def succeeds(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> bool:
    """Whether a command exists and exits with 0."""
    try:
        run(argv, env=env)
    except LabError:
        return False
    return True


def complaint(output: bytes) -> str:
    """The line of a failed command's output that says why: the first one that says Error, else the last."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = (line for line in lines if line.startswith("Error"))
    return next(errors, lines[-1] if lines else "it said nothing")
