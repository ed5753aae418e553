"""What the documents say is so: messages, links, paths, and the facts that they repeat.

They need not name every app: one that is added is whole without a word in them.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyinfra
import pytest

from catalogue import APPS, model, views
from lab import layout
from tasks.settings import ROOT
from tests.support.documents import READ, rows, spans, text
from tests.support.releases import production
from tests.support.sources import Source, source

TROUBLE = "docs/troubleshooting.md"
SUDO = "sudo: a password is required"
FROM_PYINFRA = {"Could not connect (", "No host key for", "found in known_hosts", "No hosts remaining!", SUDO}
SAYING = ("tasks", "onhost", "catalogue", "cli", "lab", "files", "config.py", "inventory.py", "Makefile")
"""Where the project's own messages are written."""
FIELDS = "| what the program asks for | what to write |"
LONGEST_README = 130
MADE = {
    "files/known_hosts",
    "catalogue/apps/polls.py",
    "templates/polls/compose.yaml.j2",
    "templates/APP/compose.yaml.j2",
}
"""What an operator or a contributor makes."""
FORMER = (
    *("python -m tasks", "python -m lab"),
    *(r"\bdoors?\b", r"\bguard", r"\bblot", "login gateway", "blank host"),
)
"""Words that the field has others for: docs/words.md."""


def messages() -> Iterator[str]:
    """The fixed parts of the messages in the tables; `at STEP:` and `…` stand for what varies."""
    for head in ("| message |", "| detail of a `FAILED` row |"):
        for cell, *_ in rows(TROUBLE, head):
            for span in spans(cell):
                parts = re.split(r"…|(?<=REFUSED at) \w+:|(?<=BACK at) \w+:", span)
                yield from (part.strip() for part in parts if part.strip())


def strings(program: Source) -> Iterator[str]:
    """The texts of a Python file; comments and docstrings are none."""
    described = {node.value for node in program.nodes(ast.Expr)}
    for node in program.nodes(ast.Constant):
        if isinstance(node.value, str) and node not in described:
            yield node.value


@cache
def said(root: Path = ROOT, saying: tuple[str, ...] = SAYING) -> str:
    """All that the project could say."""
    given = [root / name for name in saying]
    files = [file for path in given for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    texts: list[str] = []
    for file in files:
        if file.suffix == ".py":
            texts += strings(source(file))
        elif file.suffix in (".sh", ".sql", "") and file.is_file():
            lines = file.read_text(errors="replace").splitlines()
            texts += [line for line in lines if not line.lstrip().startswith("#")]
    return "\n".join(texts)


@pytest.mark.parametrize("part", sorted(set(messages()) - FROM_PYINFRA))
def test_a_message_that_is_explained_can_be_met(part: str) -> None:
    assert part in said()


def test_messages_are_looked_for_in_what_is_said_and_not_in_comments() -> None:
    assert len(set(messages())) > 80
    program = '"""Said by nobody."""\n# nor this\nraise ValueError(f"no {what} is here")'
    assert list(strings(Source("tasks/x.py", program))) == ["no ", " is here"]


@pytest.mark.parametrize("part", sorted(FROM_PYINFRA))
def test_a_message_of_pyinfra_can_be_met(part: str) -> None:
    packages = Path(pyinfra.__file__).parent, Path(pyinfra.__file__).parent.with_name("pyinfra_cli")

    assert part in set(messages())
    assert any(
        part.removesuffix(" (") in file.read_text() for package in packages for file in package.rglob("*.py")
    )


def test_every_example_of_a_field_is_a_record_that_can_be_built() -> None:
    examples = [span for _, cell in rows("docs/adding-an-app.md", FIELDS) for span in spans(cell)]

    assert len(examples) >= 4
    for example in examples:
        assert eval(example, vars(model))  # noqa: S307 - it is our own


def anchors(path: str) -> set[str]:
    """The places of a document that a link can lead to, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text(path), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("path", [*READ, "CHANGELOG.md"])
def test_every_link_leads_somewhere(path: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text(path)) if "://" not in link]
    broken = []
    for link in links:
        file, _, anchor = link.partition("#")
        target = (ROOT / path).parent / file if file else ROOT / path
        name = str(target.resolve().relative_to(ROOT))
        if not target.exists() or (anchor and anchor not in anchors(name)):
            broken.append(link)

    assert broken == []


@cache
def names() -> frozenset[str]:
    """Of all files of the repository, those in hidden folders aside."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return frozenset(path.name for folder in folders for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", READ)
def test_every_path_is_there(path: str) -> None:
    folders = {each.name for each in ROOT.iterdir() if each.is_dir()} - {".lab", ".guildhall"}
    named = {re.split(r"[ :]", span)[0] for span in spans(text(path))}
    paths = {span for span in named if span.partition("/")[0] in folders and "/" in span} | {
        span for span in named if re.fullmatch(r"[\w.]+\.(py|toml|json|lock|md|yaml)|Makefile", span)
    }
    paths = {path for path in paths if "…" not in path}
    unknown = {each for each in paths if not (ROOT / each).exists() and each not in names()}

    assert unknown <= MADE


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("word", FORMER)
def test_a_word_that_was_given_up_stays_away(path: str, word: str) -> None:
    assert not re.search(word, text(path), re.IGNORECASE)


def test_the_readme_is_short() -> None:
    assert len(text("README.md").splitlines()) <= LONGEST_README


def test_the_ports_of_the_readme_are_those_of_the_lab() -> None:
    (cell,) = (cells[1] for cells in rows("README.md", "they need") if cells[0].startswith("ports"))
    machines = {port for machine in layout.MACHINES for port in (machine.ssh, machine.http, machine.https)}
    services = {value for name, value in vars(layout).items() if name.endswith("_LOCAL_PORT")}

    assert {int(port) for port in cell.split(",")} == machines | services


def test_every_program_of_the_readme_runs_where_it_says() -> None:
    server, shown = "", set()
    for cells in rows("README.md", "| server | program |"):
        server = cells[0] or server
        shown |= {(name, server) for cell in cells[2:3] for name in cell.split(", ") if name}
    routes = {
        (route.host, host.name)
        for app in views.present(APPS)
        for route in app.routes
        for host in production().hosts_of(app.group)
    }

    assert shown <= routes


def test_the_secrets_that_a_person_brings_are_those_that_have_no_other_rule() -> None:
    table = rows("docs/production.md", "bundle and key")
    shown = {tuple(span.split()) for cells in table for span in spans(cells[0])}
    needed = {
        (secret.bundle or app, secret.key or secret.name)
        for app, secrets in views.all_secrets(APPS).items()
        for secret in secrets
        if secret.rule.kind == "given"
    }

    assert shown <= needed


def test_what_apps_share_is_what_the_document_says() -> None:
    users: dict[str, set[str]] = {}
    for name, needed in views.all_secrets(APPS).items():
        for secret in needed:
            users.setdefault(f"{secret.bundle or name}/{secret.key or secret.name}", set()).add(name)
    shared = {place for place, apps in users.items() if len(apps) > 1}
    logins = {f"{app.name}/OIDC_CLIENT_SECRET" for app in views.present(APPS) if app.oidc}
    table = [span for cells in rows("docs/security.md", "| place | who has it |") for span in spans(cells[0])]

    assert logins <= shared
    assert set(table) == (shared - logins) | {"APP/OIDC_CLIENT_SECRET"}


def test_the_public_names_are_those_that_the_catalogue_wants() -> None:
    servers = {host.public_ip: host.name for host in production().hosts}
    wanted = {(each.name, each.zone, servers[each.address]) for each in views.dns_records(APPS, production())}
    zones = production().domains
    shown = {
        (name, zones["public" if "public domain" in cells[0] else "ops"], cells[1])
        for cells in rows("docs/production.md", "| name | server |")
        for name in spans(cells[0])
    }

    assert shown <= wanted


def test_the_groups_of_people_are_of_programs_with_a_login() -> None:
    section = text("docs/production.md").partition("## 9.")[2].partition("\n1. ")[0]

    assert set(spans(section)) <= {app.name for app in views.present(APPS) if app.logs_in}


def test_the_table_of_backups_names_what_must_be_saved() -> None:
    table = {cells[0]: cells[0].lower() for cells in rows("docs/operating.md", "if nobody pressed")}
    (databases,) = (row for row in table.values() if row.startswith("the databases of"))
    volumes = {row.split()[3].rstrip(":"): row for row in table.values() if row.startswith("the volumes of")}
    (files,) = (row for row in table.values() if row.startswith("files of"))
    kept = views.backups(APPS, production())
    names = {each.app.name for each in kept}

    assert {name for name in names if name in databases} <= {each.app.name for each in kept if each.database}
    for host in production().hosts:
        here = {each.app.name for each in kept if host in each.hosts}
        assert {name for name in names if name in volumes.get(host.name, "")} <= here
    in_buckets = {each.app.name for each in kept if each.bucket}
    assert {name for name in names if name in files} <= in_buckets


def test_the_table_of_folders_is_what_lies_on_disk() -> None:
    shown = {span for cells in rows("docs/architecture.md", "| folder |") for span in spans(cells[0])}
    packages = {
        f"{path.parent.relative_to(ROOT)}/"
        for folder in ("tasks", "catalogue")
        for path in (ROOT / folder).glob("*/__init__.py")
    }
    modules = {path.name for path in (ROOT / "tasks").glob("*.py")} - {"__init__.py"}
    (itself,) = (cells[1] for cells in rows("docs/architecture.md", "| folder |") if "itself" in cells[0])

    assert {name for name in shown if name.startswith(("tasks/", "catalogue/"))} == {
        *packages,
        "catalogue/shared.py",
        "tasks/",
    }
    assert set(spans(itself)) == modules
