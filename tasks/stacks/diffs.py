"""What `--diff` shows of a change: the files of a release against those of the host, secrets left out."""

import base64
import difflib
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyinfra.api import FactBase

from tasks.stacks.changes import LIVE, Change
from tasks.stacks.release import SECRETS_FILE
from tasks.stacks.secret_files import FOLDER
from tasks.stacks.state import HostState, Stack

CONTENTS: Final = (
    "tar -C /opt -czhf - --no-recursion --ignore-failed-read --verbatim-files-from --files-from=- "
    "2>/dev/null | base64"
)


class Contents(FactBase[dict[str, str]]):
    """The text of files below /opt, by path; those that are not there are left out.

    Standard input has the paths, so that the command is the same whatever is asked for.
    """

    default = dict

    def command(self) -> str:
        return CONTENTS

    def process(self, output: Iterable[str]) -> dict[str, str]:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode("".join(output)))) as archive:
            return {entry.name: _text(archive, entry) for entry in archive if entry.isfile()}


def _text(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    stream = archive.extractfile(entry)
    return stream.read().decode(errors="replace") if stream else ""


def places(change: Change, found: HostState) -> dict[str, str]:
    """The files that differ: path in the release, and where the host has it below /opt."""
    stack = found.stacks.get(change.app.name, Stack())
    want = change.release.digests if change.release else {}
    known = {*want, *stack.manifest.get("files", {})} - {SECRETS_FILE}
    shown = sorted(path for path in known if not path.startswith(FOLDER))
    return {path: _place(change.app.name, path) for path in shown if want.get(path) != stack.files.get(path)}


def _place(app: str, path: str) -> str:
    if not path.startswith(LIVE):
        return f"{app}/current/{path}"
    owner, rest = path.removeprefix(LIVE).split("/", 1)
    return f"{owner}/{LIVE}{rest}"


def lines(change: Change, found: HostState, contents: Mapping[str, str]) -> Iterator[str]:
    """Unified diffs of the files of one change, from the host's to the release's."""
    for path, place in places(change, found).items():
        new = change.release.files.get(path, b"").decode(errors="replace") if change.release else ""
        yield from difflib.unified_diff(
            contents.get(place, "").splitlines(), new.splitlines(), f"host: {place}", "wanted", lineterm=""
        )
