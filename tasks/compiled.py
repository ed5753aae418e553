"""What templates were compiled to, kept in the checkout: the next run need not compile them."""

import hashlib
import types
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import jinja2
from jinja2.bccache import Bucket

OPTIONS: Final[dict[str, Any]] = {
    "keep_trailing_newline": True,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "autoescape": False,  # the files are YAML and shell, never HTML
}


class Compiled(jinja2.BytecodeCache):
    """What templates were compiled to: each text is compiled once, and read once in a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[tuple[str, str], types.CodeType | None] = {}

    def get_source_checksum(self, source: str) -> str:
        """Also of what makes another program of the same text."""
        return super().get_source_checksum(f"{jinja2.__version__} {OPTIONS} {source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        known = bucket.key, bucket.checksum
        if known not in self._known:
            kept = self._kept(bucket.key)
            if kept:
                bucket.bytecode_from_string(kept)
            self._known[known] = bucket.code
        bucket.code = self._known[known]

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code
        code = bucket.bytecode_to_string()
        with suppress(OSError):  # where nobody may write, it is compiled by each process
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, delete=False) as new:
                new.write(hashlib.sha256(code).digest() + code)
            Path(new.name).replace(self.folder / bucket.key)

    def _kept(self, key: str) -> bytes:
        """Empty if it is damaged: code that is would end Python itself."""
        try:
            whole = (self.folder / key).read_bytes()
        except OSError:
            return b""
        return whole[32:] if hashlib.sha256(whole[32:]).digest() == whole[:32] else b""


@cache
def compiled(root: Path) -> Compiled:
    """Of the templates of a checkout, however many environments ask for it."""
    return Compiled(root / ".guildhall/templates")
