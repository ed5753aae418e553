"""Which double stands for which service, what Compose gives it, and what its contract says of that."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.model import App
from lab.doubles.contract import Contract, load
from lab.proof.sources import contract_name

contract_of = contract_name
SECRET = re.compile(r"\$\{\w+\}")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A service as its Compose definition has it."""

    app: App
    service: str
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.app.name}/{self.service}"

    @property
    def container(self) -> str:
        return f"{self.app.name}-{self.service}-1"

    @property
    def secrets(self) -> set[str]:
        """The variables whose values are not written down."""
        return {name for name, value in self.environment.items() if SECRET.search(value)}


@dataclass(frozen=True, kw_only=True)
class Double(Part):
    """A service whose program is a double."""

    contract: Contract

    @property
    def required(self) -> set[str]:
        """What its contract says it must have, and the one of several that it must choose."""
        return {*self.contract.required, *(name for names in self.contract.one_of for name in names)}

    @property
    def wanted(self) -> set[str]:
        """The variables and flags it is given and cannot get healthy without; nearly every secret is one."""
        flags = {name for name in self.contract.required if name.startswith("FLAG_")}
        named = self.secrets | flags | self.environment.keys() & self.required
        return {name for name in named if not re.fullmatch(self.contract.late, name)}


def parts(app: App, definition: Mapping[str, Any]) -> Iterator[Part]:
    """Every service of an app's Compose file."""
    for service, written in definition["services"].items():
        environment = {name: str(value) for name, value in (written.get("environment") or {}).items()}
        contract = contract_of(app, service)
        given = {"app": app, "service": service, "environment": environment}
        yield Double(**given, contract=load(contract)) if contract else Part(**given)
