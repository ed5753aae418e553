"""What Renovate is told: the images that it finds are those of the catalogue."""

import json
import re
from typing import Any

from catalogue import APPS
from tasks.settings import ROOT

CONFIG: dict[str, Any] = json.loads((ROOT / "renovate.json").read_text())
IMAGES = {service.image.reference for app in APPS for service in app.services}


def python(pattern: str) -> re.Pattern[str]:
    """The same regular expression; named groups are marked otherwise than in JavaScript."""
    return re.compile(pattern.replace("(?<", "(?P<"))


def read_by(manager: dict[str, Any]) -> str:
    """The text of the files that a manager looks into."""
    (file,) = (
        python(pattern.removeprefix("/").removesuffix("/")) for pattern in manager["managerFilePatterns"]
    )
    paths = [path.relative_to(ROOT) for path in (ROOT / "catalogue").rglob("*.py")]
    return "".join((ROOT / path).read_text() for path in paths if file.search(path.as_posix()))


def test_every_image_of_the_catalogue_is_found_and_nothing_else() -> None:
    found = {
        f"{each['depName']}:{each['currentValue']}"
        for manager in CONFIG["customManagers"]
        for each in python(manager["matchStrings"][0]).finditer(read_by(manager))
    }
    tags = {reference.rpartition(":")[2] for reference in found}

    assert found <= IMAGES
    assert {reference for reference in IMAGES - found if reference.rpartition(":")[2] not in tags} == set()
    assert {reference.partition("/zabbix-")[0] for reference in IMAGES - found} == {"docker.io/zabbix"}


def test_an_image_over_several_lines_is_found() -> None:
    (image,) = map(python, CONFIG["customManagers"][0]["matchStrings"])
    lines = 'Image(\n    repository="docker.io/example/redis",\n    tag="8.2.1",\n)'

    found = image.search(lines)

    assert found
    assert found.groupdict() == {"depName": "docker.io/example/redis", "currentValue": "8.2.1"}


def test_a_proposal_never_takes_two_steps_at_once() -> None:
    (everything,) = (
        rule
        for rule in CONFIG["packageRules"]
        if rule["matchManagers"] == ["custom.regex"] and "groupName" not in rule
    )

    assert everything["separateMultipleMajor"]
    assert everything["separateMultipleMinor"]


def test_files_that_rules_name_are_there() -> None:
    for rule in CONFIG["packageRules"]:
        for name in rule.get("matchFileNames", []):
            assert (ROOT / name).is_file()
