"""The image of each double is as its contract says that the real one is."""

import pytest

from lab import engine, images, proof
from tests.lab.running import Lab

pytestmark = pytest.mark.lab

DOUBLES = [each for each in images.wanted() if images.doubles().get(each.rpartition(":")[0])]


@pytest.mark.parametrize("reference", DOUBLES)
def test_a_double_has_the_user_accounts_folders_and_commands_of_its_contract(
    lab: Lab, reference: str
) -> None:
    image = images.contract_image(images.doubles()[reference.rpartition(":")[0]])

    assert image
    wrong = proof.broken(image, proof.look(engine.connect(), images.registry_name(reference)))
    # A command of the real image that nothing asks for need not be in the double.
    assert [clause for clause in wrong if not clause.startswith("command ")] == []
