"""Which environment this run is about, and where its secrets and its servers are found."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import load_dotenv

ROOT: Final = Path(__file__).resolve().parent.parent
ENVIRONMENTS: Final = ("lab", "production")
STORES: Final = ("scaleway", "dotenv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `.env` and the environment choose; it holds no secret."""

    environment: str
    store: str
    terraform_state: str | None
    """`s3://bucket/key` of the Terraform state that lists the servers; None: group_data lists them."""


def load(root: Path = ROOT) -> Settings:
    """This run's settings; puts `.env`, and in the lab `.lab/env`, into os.environ; ValueError if unknown."""
    load_dotenv(root / ".env", interpolate=False)
    settings = parse(os.environ)
    if settings.environment == "lab":
        # This file wins over the shell: a lab run never sees credentials of the real cloud.
        load_dotenv(root / ".lab" / "env", override=True, interpolate=False)
    return settings


def check_lab(settings: Settings, root: Path = ROOT) -> None:
    """ValueError if the lab is not up: its run would take the shell's keys to the real cloud."""
    if settings.environment == "lab" and not (root / ".lab" / "env").exists():
        raise ValueError("the lab's secret store is not there: .lab/env is missing; type guildhall lab up")


def parse(environ: Mapping[str, str]) -> Settings:
    """The settings that these variables say; ValueError names the variable that is wrong."""
    environment = _one_of("GUILDHALL_ENV", environ, ENVIRONMENTS)
    # The lab's servers are not Terraform's.
    state = environ.get("GUILDHALL_TERRAFORM_STATE") if environment != "lab" else None
    store = _one_of("GUILDHALL_SECRETS", environ, STORES)
    return Settings(environment=environment, store=store, terraform_state=state or None)


def _one_of(variable: str, environ: Mapping[str, str], known: tuple[str, ...]) -> str:
    """The variable's value, the first known one if it is not set or empty."""
    value = environ.get(variable) or known[0]
    if value not in known:
        raise ValueError(f"{variable}: '{value}' is unknown; set it to {' or '.join(known)} in .env")
    return value
