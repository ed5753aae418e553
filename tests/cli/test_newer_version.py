"""What an operator changes in the catalogue needs no other edit, and every test passes.

A newer version of a program, an app that the lab has no recipe for, and a second app in a module: all of them
in one copy, since its tests take long.
"""

import re
import shutil
from pathlib import Path

from catalogue import APPS
from lab.recipes import can_be_made
from tests.support.fixtures import FIXTURES, FOLDER, fits, templates_of
from tests.support.project import Project, copied
from tests.support.site import app

BESIDE = (
    *("tests", "docs", "images", ".ci", ".github", ".env.example", ".pre-commit-config.yaml"),
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "renovate.json", "Makefile"),
)
"""What tests read of a checkout, beside what a deploy needs."""
TESTS = ("tests/unit", "tests/lab_unit/test_images.py", "tests/lab_unit/test_doubles_contracts.py")
"""Those that read the catalogue's records: of the lab, how its images are made and what they ask for."""
GOLDEN_TESTS = ("tests/unit/test_golden.py", "tests/unit/test_rights.py")

WITHOUT_RECIPE = next(app for app in FIXTURES if fits(app) and not can_be_made(app))
FIRST = app("outline")
SECOND = """
from dataclasses import replace as _replace

SECOND = _replace(
    APP,
    name="second",
    routes=tuple(_replace(each, host="second") for each in APP.routes),
    services=tuple(_replace(each, ports=(), metrics=None) for each in APP.services),
)
"""

DIGEST = "org.guildhall.service: "


def newer(tag: str) -> str:
    """The next one: 34.0.4-apache of 34.0.3-apache, alpine-7.0.32 of alpine-7.0.31."""
    *_, last = re.finditer(r"\d+", tag)
    return f"{tag[: last.start()]}{int(last[0]) + 1}{tag[last.end() :]}"


def bump(project: Project) -> set[str]:
    """Gives every image of every record its next tag; all tags that were, and that are."""
    services = [service for app in (*APPS, WITHOUT_RECIPE) for service in app.services]
    tags = {service.image.tag: newer(service.image.tag) for service in services}
    for file in (*(project.root / "catalogue/apps").glob("*.py"), project.root / "catalogue/shared.py"):
        text = file.read_text()
        for old, new in tags.items():
            text = text.replace(f'"{old}"', f'"{new}"')
        file.write_text(text)
    return {*tags, *tags.values()}


def golden(project: Project) -> dict[str, set[str]]:
    """The lines of each file, without the digests of services, of which an image is a part."""
    root = project.root / "tests/golden"
    files = [path for path in root.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(root)): {line for line in path.read_text().splitlines() if DIGEST not in line}
        for path in files
    }


def plant(project: Project) -> None:
    """Two more apps, and what is written down of them: one of one's own, and one in the module of another."""
    name = WITHOUT_RECIPE.name
    project.write(f"catalogue/apps/{name}.py", (FOLDER / f"{name}.py").read_text())
    for path, text in templates_of(WITHOUT_RECIPE).items():
        project.write(f"templates/{name}/{path}", text)
    module = project.root / f"catalogue/apps/{FIRST.name}.py"
    module.write_text(module.read_text() + SECOND)
    shutil.copytree(project.root / "templates" / FIRST.name, project.root / "templates/second")
    written = project.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *GOLDEN_TESTS, GOLDEN="write")
    assert written.code == 0, written.out[-3000:]


def test_nothing_but_the_records_has_to_be_changed(tmp_path: Path) -> None:
    project = copied(tmp_path, *BESIDE)
    plant(project)
    before, tags = golden(project), bump(project)

    tests = [name for name in TESTS if (project.root / name).exists()]
    ran = project.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, GOLDEN="write")

    assert ran.code == 0, ran.out[-3000:]
    changed = {line for path, lines in golden(project).items() for line in lines ^ before[path]}
    assert changed
    assert [line for line in changed if not any(tag in line for tag in tags)] == []
    collected = project.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "tests/lab")
    assert collected.code == 0, collected.out[-3000:]
