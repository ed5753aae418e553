"""Whatever goes wrong, in one line for a person: what, where, what to do."""

import os
import runpy
import traceback
from pathlib import Path
from typing import Any

from catalogue.model import DEBUG, told
from tasks.settings import ROOT, source


def debugging() -> bool:
    """Someone wants to see where a mistake comes from."""
    return bool(os.environ.get(DEBUG))


def line(error: BaseException) -> str:
    """An exception as one line; one that no input explains says that it is the program's own."""
    if known := told(error):
        return known
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({Path(last[0].filename).name} line {last[0].lineno})" if last else ""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{said}{place}: a mistake of Guildhall's own; set {DEBUG}=1 to see where it comes from"


def executed(file: str) -> dict[str, Any]:
    """The names of a Python file of the repository; ValueError with the line that is wrong in it."""
    path = ROOT / file
    try:
        compile(source(path), path, "exec")
        return runpy.run_path(str(path))
    except (Exception, SystemExit) as error:
        if debugging():
            raise
        raise ValueError(told(error) or line(error)) from error
