"""What the templates give the doubles is what their contracts know, and the contracts use all of it."""

import re
from collections.abc import Mapping

import pytest

from catalogue import APPS, views
from lab.doubles.contract import CONTRACTS
from tests.lab_unit.contracts import Double, parts
from tests.support.releases import releases
from tests.support.site import app as record
from tests.support.yaml_text import read_yaml

DOUBLES = {
    part.name: (part, release.files)
    for _, release in releases()
    for part in parts(release.app, read_yaml(release.files["compose.yaml"]))
    if isinstance(part, Double)
}
EACH = [pytest.param(*each, id=name) for name, each in DOUBLES.items()]
OF_APPS = {
    app.name: [double for double, _ in DOUBLES.values() if double.app == app] for app in views.present(APPS)
}


def asked_by_blueprints(files: Mapping[str, bytes]) -> set[str]:
    """The clients' secrets, whose names follow from the catalogue."""
    texts = (content.decode() for path, content in files.items() if path.startswith("blueprints/"))
    return {name for text in texts for name in re.findall(r"!Env (\w+)", text)}


@pytest.mark.parametrize(("double", "files"), EACH)
def test_a_template_gives_a_program_no_variable_that_its_contract_does_not_know(
    double: Double, files: Mapping[str, bytes]
) -> None:
    known = double.required | double.contract.optional.keys() | asked_by_blueprints(files)

    assert double.environment.keys() - known == set(), "misspelt, or missing from the contract"


@pytest.mark.parametrize(("double", "files"), EACH)
def test_a_contract_requires_every_secret(double: Double, files: Mapping[str, bytes]) -> None:
    assert double.secrets - double.required - asked_by_blueprints(files) == set()


@pytest.mark.parametrize("name", [name for name, doubles in OF_APPS.items() if doubles])
def test_an_app_of_doubles_uses_all_that_its_record_gives_it(name: str) -> None:
    app = record(name)
    contracts = [double.contract for double in OF_APPS[name]]
    given = {"postgres": app.database, "s3": app.bucket, "smtp": app.mail}

    assert {kind for kind, is_given in given.items() if is_given} == given.keys() & {
        need.kind for contract in contracts for need in contract.needs
    }
    assert bool(app.oidc) == any(contract.login for contract in contracts)


def test_every_contract_is_honoured_by_a_service() -> None:
    assert {double.contract.name for double, _ in DOUBLES.values()} == {
        path.stem for path in CONTRACTS.glob("*.toml")
    }
