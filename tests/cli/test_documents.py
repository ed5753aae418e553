"""What the documents say is so: the example works, and every command, file and message is there."""

import re
from pathlib import Path

import pytest

from tasks.settings import ROOT
from tests.support.plans import production

README, CONTRIBUTING = ((ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))
FROM_PYINFRA = {"Could not connect (", "No host key for", "found in known_hosts", "No hosts remaining!"}
SAYING = ("tasks", "catalogue", "lab", "files/guildhall", "files/host", "files/traefik")
"""Where the project's own messages are written."""
EXAMPLES = {"files/known_hosts", "templates/polls/compose.yaml.j2"}
"""What an operator or a contributor makes."""


def example(language: str) -> str:
    """The one block of CONTRIBUTING in this language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", CONTRIBUTING, re.DOTALL)
    return str(block)


def test_the_example_of_an_app_is_complete(tmp_path: Path) -> None:
    with production(tmp_path) as operator:
        root, store = operator.project.root, operator.project.store("production")
        operator.project.edit("catalogue/tools.py", "\nTOOLS = (\n", f"\nTOOLS = (\n{example('python')},\n")
        (root / "templates/polls").mkdir()
        (root / "templates/polls/compose.yaml.j2").write_text(example("yaml"))
        generated = operator.guildhall("secrets", "generate")
        said = operator.plan("tools", "--data", "app=polls").err

    assert generated.code == 0, generated.err
    assert set(store.read("polls") or {}) == {"SECRET_KEY", "DATABASE_PASSWORD", "OIDC_CLIENT_SECRET"}
    assert re.search(r"\[tools-prod\] +polls: release [0-9a-f]{12}: it is new on this host", said)
    assert "outline" not in said


def messages() -> list[str]:
    """The fixed parts of the messages in the README's table; `at STEP:` and `…` stand for what varies."""
    table = README.partition("| message |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    spans = [span for cell in cells for span in re.findall(r"`([^`]+)`", cell)]
    return [
        part.strip() for span in spans for part in re.split(r"…|(?<=REFUSED at) \w+:|(?<=BACK at) \w+:", span)
    ]


@pytest.mark.parametrize("part", sorted({part for part in messages() if part} - FROM_PYINFRA))
def test_a_message_that_is_explained_can_be_met(part: str) -> None:
    folders = (path for folder in SAYING for path in (ROOT / folder).iterdir() if path.is_file())

    assert [path for path in folders if part in path.read_text()]


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_everything_that_is_named_is_there(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    spans = " ".join(re.findall(r"`([^`\n]+)`", document))
    code = " ".join(re.findall(r"```sh\n(.*?)```", document, re.DOTALL))
    paths = set(
        re.findall(r"\b(?:deploys|tasks|catalogue|tests|lab|templates|files|group_data)/[\w./]*", spans)
    )
    links = {link for link in re.findall(r"\]\(([^)#]+)", document) if "://" not in link}

    assert set(re.findall(r"\bmake ([a-z]+)", f"{spans} {code}")) <= targets
    assert {path for path in paths | links if not (ROOT / path).exists()} <= EXAMPLES
