"""A newer version of a program is one edit, in its record: the rest follows, and every test passes."""

import re
from pathlib import Path

from catalogue import APPS
from tests.support.project import Project, copied

BESIDE = (
    *("tests", "docs", "images", ".ci", ".github", ".env.example", ".pre-commit-config.yaml"),
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "renovate.json", "Makefile"),
)
"""What tests read of a checkout, beside what a deploy needs."""
TESTS = ("tests/unit", "tests/lab_unit/test_images.py", "tests/lab_unit/test_doubles_contracts.py")
"""Those that read the catalogue's records: of the lab, how its images are made and what they ask for."""

DIGEST = "org.guildhall.service: "


def newer(tag: str) -> str:
    """The next one: 34.0.4-apache of 34.0.3-apache, alpine-7.0.32 of alpine-7.0.31."""
    *_, last = re.finditer(r"\d+", tag)
    return f"{tag[: last.start()]}{int(last[0]) + 1}{tag[last.end() :]}"


def bump(project: Project) -> set[str]:
    """Gives every image of every record its next tag; all tags that were, and that are."""
    tags = {service.image.tag: newer(service.image.tag) for app in APPS for service in app.services}
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


def test_nothing_but_the_tags_of_the_records_has_to_be_changed(tmp_path: Path) -> None:
    project = copied(tmp_path, *BESIDE)
    before, tags = golden(project), bump(project)

    tests = [name for name in TESTS if (project.root / name).exists()]
    ran = project.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, GOLDEN="write")

    assert ran.code == 0, ran.out[-3000:]
    changed = {line for path, lines in golden(project).items() for line in lines ^ before[path]}
    assert changed
    assert [line for line in changed if not any(tag in line for tag in tags)] == []
