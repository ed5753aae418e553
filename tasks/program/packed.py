"""The program that runs on the hosts, packed: as one line to send, or as a file that lies there."""

import base64
import io
import zipfile
from functools import cache
from typing import Final

from tasks.settings import ROOT

SOURCE: Final = ROOT / "onhost"
# It is never a file where it is sent to; -I and -S keep out what else lies on the host.
START: Final = (
    "import binascii,os,sys;"
    "p=os.memfd_create('guildhall');"
    "os.write(p,binascii.a2b_base64({given}));"
    "sys.path.insert(0,f'/proc/self/fd/{{p}}');"
    "from onhost.main import main;"
    "sys.exit(main(sys.argv[1:]))"
)
SENT: Final = START.format(given="sys.stdin.buffer.readline()")


def command(verb: str, without: str) -> str:
    """Runs a verb of the program, which comes over standard input, `packed` and then what the verb reads.

    `without` is what to do on a host that has no Python.
    """
    return f'if command -v python3 >/dev/null; then exec python3 -I -S -c "{SENT}" {verb}; else {without}; fi'


@cache
def packed() -> str:
    """The program as one line, the same for the same source."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(SOURCE.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"onhost/{file.name}"), file.read_text(), zipfile.ZIP_DEFLATED)
    return base64.b64encode(stream.getvalue()).decode()


def installed() -> str:
    """The program as a Python file, for what a host does by itself."""
    told = (
        "# Guildhall's program for this host, packed: its source is the folder `onhost` of the repository.\n"
    )
    return f"#!/usr/bin/python3 -IS\n{told}{START.format(given='PROGRAM')}\n".replace(
        "import binascii,os,sys;", f'PROGRAM = "{packed()}"\nimport binascii,os,sys;'
    )
