"""Which environment this run is about, and where its secrets and its servers are found."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

ROOT: Final = Path(__file__).resolve().parent.parent
ENVIRONMENTS: Final = ("lab", "production")
STORES: Final = ("scaleway", "dotenv")
VARIABLES: Final = ("ENV", "SECRETS", "TERRAFORM_STATE", "KNOWN_HOSTS", "DEBUG")
"""Behind `GUILDHALL_`."""
UNTRIED: Final = ".lab/untried"
"""Names of apps, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `.env` and the environment choose; it holds no secret."""

    environment: str
    store: str
    terraform_state: str | None
    """`s3://bucket/key` of the Terraform state that lists the servers; None: group_data lists them."""


def load(root: Path = ROOT) -> Settings:
    """This run's settings; puts `.env`, and in the lab `.lab/env`, into os.environ; ValueError if unknown."""
    os.environ.update(assigned(root / ".env") | os.environ)
    settings = parse(os.environ)
    if settings.environment == "lab":
        # This file wins over the shell: a lab run never sees credentials of the real cloud.
        os.environ.update(assigned(root / ".lab" / "env"))
    return settings


def check_lab(settings: Settings, root: Path = ROOT) -> None:
    """ValueError if the lab is not up: its run would take the shell's keys to the real cloud."""
    if settings.environment == "lab" and not (root / ".lab" / "env").exists():
        raise ValueError("the lab's secret store is not there: .lab/env is missing; type guildhall lab up")


def untried(settings: Settings, root: Path = ROOT) -> frozenset[str]:
    """The apps whose images `guildhall lab up` could not get: no run in the lab is about them."""
    file = root / UNTRIED
    return frozenset(readable(file).split() if settings.environment == "lab" and file.exists() else ())


def parse(environ: Mapping[str, str]) -> Settings:
    """The settings that these variables say; ValueError names the variable that is wrong."""
    for name in (each.removeprefix("GUILDHALL_") for each in environ if each.startswith("GUILDHALL_")):
        # Misspelt, it would be taken for not set, and the run be about another environment.
        if name not in VARIABLES and (known := nearest(name, VARIABLES)):
            raise ValueError(f"GUILDHALL_{name} is unknown; write GUILDHALL_{known} in .env, or unset it")
    environment = _one_of("GUILDHALL_ENV", environ, ENVIRONMENTS)
    # The lab's servers are not Terraform's.
    state = environ.get("GUILDHALL_TERRAFORM_STATE") if environment != "lab" else None
    store = _one_of("GUILDHALL_SECRETS", environ, STORES)
    return Settings(environment=environment, store=store, terraform_state=state or None)


def _one_of(variable: str, environ: Mapping[str, str], known: tuple[str, ...]) -> str:
    """The variable's value, the first known one if it is not set or empty."""
    value = environ.get(variable) or known[0]
    if value not in known:
        raise ValueError(f"{variable}: {value!r} is unknown; set it to {' or '.join(known)} in .env")
    return value


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that somebody may have meant; empty if none is like it."""
    words = list(known)
    begun = [each for each in words if len(each) > 2 and word.startswith(each)]
    return next(iter([*get_close_matches(word, words, n=1), *begun]), "")


def _named(file: Path) -> Path:
    return file.relative_to(ROOT) if file.is_relative_to(ROOT) else file


def readable(file: Path) -> str:
    """A file's text, line ends as they are; ValueError if it cannot be read or is not UTF-8."""
    name = _named(file)
    try:
        # Bytes, since reading as text would turn a carriage return inside a value into a newline.
        # The mark that some editors put first would become a part of the first name.
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None


def source(file: Path) -> str:
    """The text of a program or a template; ValueError if it is damaged."""
    text = readable(file)
    if "\0" in text:
        raise ValueError(f"{_named(file)} holds a null character; write it anew, or take it from git")
    return text


def assigned(file: Path) -> dict[str, str]:
    """The variables of a dotenv file; none where there is no file; ValueError names a line that is wrong."""
    return assignments(source(file) if file.exists() else "", file.name)


def assignments(text: str, place: str) -> dict[str, str]:
    """The variables of a dotenv file's text; ValueError names a line that is none, not its value."""
    found: dict[str, str] = {}
    for each in parse_stream(StringIO(text, newline="")):
        text_before = each.original.string
        blank = text_before[: len(text_before) - len(text_before.lstrip("\r\n"))].count("\n")
        where = f"{place} line {each.original.line + blank}"
        if each.error or (each.key and each.value is None):
            raise ValueError(f"{where} assigns nothing; write NAME='value', or # before a comment")
        if each.key and each.value is not None:
            found[each.key] = each.value
    return found
