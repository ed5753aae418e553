"""Which digest each image tag of the catalogue was when it was looked up; `make lock` looks them up anew."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tasks.images.registry import DIGEST, MissingError, SilentError
from tasks.settings import ROOT, readable

FILE: Final = ROOT / "images.lock"
HEADER: Final = """\
# The digest that hosts pull each image of the catalogue by: a tag can be moved, a digest cannot.
# `make lock` asks the registries and writes this file; git diff shows what moved.
# What is not below could not be looked up yet: hosts pull it by its tag, and each plan says so.
"""
AT_ONCE: Final = 8


def read(file: Path = FILE) -> dict[str, str]:
    """Image reference: digest; ValueError if the file is not what `make lock` writes."""
    try:
        digests = tomllib.loads(readable(file)) if file.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}; correct it, or delete it and type make lock") from None
    for reference, digest in digests.items():
        if not (isinstance(digest, str) and DIGEST.fullmatch(digest)):
            raise ValueError(f"{file.name}: {reference!r} has no digest of the form sha256:…; type make lock")
    return digests


def written(digests: Mapping[str, str]) -> str:
    """The file's text, sorted."""
    return HEADER + "".join(f'"{name}" = "{digest}"\n' for name, digest in sorted(digests.items()))


def looked_up(
    references: Iterable[str], digest: Callable[[str], str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The digests that could be had, and why the others could not."""
    names = list(references)
    found, failed = dict[str, str](), dict[str, str]()

    def look(name: str) -> None:
        try:
            found[name] = digest(name)
        except ValueError as error:
            failed[name] = str(error)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        list(pool.map(look, names))
    return found, failed


def missing(references: Iterable[str], digest: Callable[[str], str]) -> set[str]:
    """Which of these no registry has; of one that cannot be reached, or does not say, none is told."""
    gone, silent = set[str](), set[str]()

    def look(name: str) -> None:
        registry = name.partition("/")[0]
        try:
            if registry not in silent:
                digest(name)
        except MissingError:
            gone.add(name)
        except SilentError:
            silent.add(registry)
        except ValueError:
            return  # it answers, and does not say

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        list(pool.map(look, references))
    return gone


def changes(
    references: Iterable[str], old: Mapping[str, str], found: Mapping[str, str], failed: Mapping[str, str]
) -> list[str]:
    """One line for all that is not as it was, and for what could not be looked up."""
    wanted = sorted(references)
    return [
        *(f"{name} is new: {found[name]}" for name in wanted if name in found and name not in old),
        *(
            f"{name} was moved: {found[name]}, was {old[name]}"
            for name in wanted
            if name in found and old.get(name, found[name]) != found[name]
        ),
        *(f"{name} is dropped: not in the catalogue any more" for name in sorted(old.keys() - wanted)),
        *(
            f"{name} {'keeps its digest' if name in old else 'has no digest'}: {failed[name]}"
            for name in wanted
            if name in failed
        ),
    ]


def lock(
    references: Iterable[str], digest: Callable[[str], str], file: Path = FILE
) -> tuple[list[str], list[str]]:
    """Looks every reference up and writes the file; what was known of one that fails stays.

    What there is to say, a line each; and the references that failed.
    """
    wanted, old = list(references), read(file)
    found, failed = looked_up(wanted, digest)
    known = {**old, **found}
    file.write_text(written({name: known[name] for name in wanted if name in known}))
    counts = f"{file.name}: {len(found)} of {len(wanted)} images looked up"
    return [*changes(wanted, old, found, failed), counts], sorted(failed)
