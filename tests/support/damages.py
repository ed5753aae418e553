"""Damages to all that a person edits, and what becomes of each: taken, or refused in one line.

Nothing is started and nobody is asked: each file goes through the functions that a run reads it by.
"""

import os
import re
import runpy
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalogue import APPS, views
from catalogue.model import App, mistakes
from lab.seed import fill
from tasks import deploy_files, faults, images, inventory, secrets, settings
from tasks.inventory import servers, terraform, values
from tasks.secrets import DotenvStore
from tasks.settings import ROOT
from tasks.stacks import build
from tasks.templates import Templates
from tests.support.plans import STATE
from tests.support.site import HOSTS, app, example_site, secrets_of

NASTY = (
    *(
        "",
        " ",
        "None",
        "True",
        "0",
        "-1",
        "1e3",
        "5432; id",
        "on",
        "null",
        "~",
        "Verein #1",
        "Fräulein",
        "😀",
    ),
    *(
        "https://",
        "`",
        "$",
        "$NAME",
        "${",
        "{{",
        "}}",
        "{% if",
        "1/0",
        "'",
        '"',
        "\\",
        "\n",
        "\r",
        "\t",
        "\0",
    ),
    *(
        "\x1b[31m",
        "\x85",
        "\u2028",
        ":",
        "- ",
        "#",
        "&a",
        "*a",
        "<<: *a",
        "!x",
        "[",
        "{",
        "..",
        "/",
        "@local",
    ),
    *(
        "import nosuch",
        "raise KeyError(1)",
        "def",
        "=",
        "(",
        ")",
        ",",
        "%s",
        "2026-01-01",
        "x" * 300,
        "999:x",
    ),
)
BYTES = (b"\xff\xfe", b"\xe4", b"\xc3", b"\xed\xa0\x80")
CANARY = "canary-9d41"


def cut_line(text: str, at: int, _: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[: at % len(lines)] + lines[at % len(lines) + 1 :])


def double_line(text: str, at: int, _: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[: at % len(lines) + 1] + lines[at % len(lines) :])


def cut_character(text: str, at: int, _: str) -> str:
    place = at % len(text)
    return text[:place] + text[place + 1 :]


def cut_rest(text: str, at: int, _: str) -> str:
    return text[: at % len(text)]


def put_in(text: str, at: int, what: str) -> str:
    place = at % len(text)
    return text[:place] + what + text[place:]


def swap_word(text: str, at: int, what: str) -> str:
    """Another text for a word, or for what stands in quotes."""
    words = list(re.finditer(r"\"[^\"\n]*\"|[\w.-]+", text))
    word = words[at % len(words)]
    quoted = f'"{what}"' if word[0].startswith('"') and '"' not in what and "\n" not in what else what
    return text[: word.start()] + quoted + text[word.end() :]


WAYS = (cut_line, double_line, cut_character, cut_rest, put_in, swap_word, swap_word, swap_word)


def group_data(root: Path, path: str) -> object:
    """The settings of both environments, as inventory.py and a plan read them."""
    for environment in settings.ENVIRONMENTS:
        values.check_files(settings.Settings(environment=environment, store="dotenv", terraform_state=None))
        files = ("group_data/all.py", f"group_data/{environment}.py")
        said = {name: value for file in files for name, value in faults.executed(file).items()}
        if missing := [name for name in (*values.OF_SITE, *values.REQUIRED, "servers") if name not in said]:
            raise ValueError(f"group_data: {missing[0]} is not set")
        values.HostSettings(**{name: said[name] for name in values.OF_HOST if name in said})
        inventory.described(said, HOSTS, {})
    return path


def record(root: Path, path: str) -> object:
    try:
        contents = runpy.run_path(str(root / path))
    except SyntaxError as error:
        error.filename = error.filename or str(root / path)  # as catalogue/apps does
        raise
    found = [each for each in contents.values() if isinstance(each, App)]
    names = {each.name for each in found}
    return views.validated((*found, *(each for each in APPS if each.name not in names)))


def template(root: Path, path: str) -> object:
    name = path.split("/")[1]
    one, site = app(name if name != "route.yaml.j2" else "outline"), example_site()
    return build(one, APPS, site, site.hosts_of(one.group)[0], secrets_of(one), Templates(root))


def variables(root: Path, path: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL_")}
        patch.setattr(os, "environ", kept)
        return settings.load(root)


def secret_store(root: Path, path: str) -> object:
    return secrets.resolve(views.all_secrets(APPS), DotenvStore(root / path))


def state(root: Path, path: str) -> object:
    return terraform.servers((root / path).read_bytes())


READERS: dict[str, Callable[[Path, str], object]] = {
    r"group_data/\w+\.py": group_data,
    r"catalogue/(apps/(?!__)\w+|shared)\.py": record,
    r"(templates|files)/[\w-]+/.+|templates/route\.yaml\.j2": template,
    r"\.env": variables,
    r"images\.lock": lambda root, path: images.read(root / path),
    r"\.secrets\.lab\.env": secret_store,
    r"terraform\.tfstate": state,
    r"deploys/\w+\.py": lambda root, path: deploy_files.calls([str(root / path)], APPS),
}
"""By its path, how a run reads a file that a person edits."""
NOT_AN_APPS = (
    *("templates/host/", "files/host/", "files/guildhall/", "files/databases/", "files/verify/"),
    "files/zabbix-api/",
)


def editable(root: Path) -> list[str]:
    """Every file that a person edits, below a root."""
    files = (str(file.relative_to(root)) for file in sorted(root.rglob("*")) if file.is_file())
    return [path for path in files if reader(path) and not path.startswith(NOT_AN_APPS)]


def reader(path: str) -> Callable[[Path, str], object] | None:
    return next((each for pattern, each in READERS.items() if re.fullmatch(pattern, path)), None)


@contextmanager
def grounds(root: Path) -> Iterator[Path]:
    """A copy of all that a person edits, and of nothing else; the functions that read it find it there."""
    for part in ("group_data", "catalogue", "templates", "files", "deploys"):
        shutil.copytree(
            ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "model", "views")
        )
    shutil.copy(ROOT / "images.lock", root)
    (root / ".env").write_text("GUILDHALL_ENV=lab\n# of ours\nGUILDHALL_SECRETS='dotenv'\nSCW_ACCESS_KEY=x\n")
    (root / "terraform.tfstate").write_bytes(STATE)
    store = DotenvStore(root / ".secrets.lab.env")
    fill(store, views.all_secrets(APPS))
    store.write("outline", {"SMTP_PASSWORD": CANARY}, replace=True)
    with pytest.MonkeyPatch.context() as patch:
        for module in (values, faults, settings, mistakes, servers):
            patch.setattr(module, "ROOT", root)
        yield root


def outcome(root: Path, path: str, content: bytes) -> str:
    """What is said of a file with this content, empty if it is taken; the file is as it was afterwards."""
    file, read = root / path, reader(path)
    assert read, path
    before = file.read_bytes()
    file.write_bytes(content)
    try:
        read(root, path)
    except (Exception, SystemExit) as error:
        return faults.line(error)
    finally:
        file.write_bytes(before)
    return ""
