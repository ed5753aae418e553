"""Whatever is wrong with the input: one line that says what, where and what to do, and no host is contacted.

Each test runs the real command in a copy of the project; every host's address is a port that counts visitors.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.settings import ROOT
from tests.support.project import Project, Ran, copied
from tests.support.secret_manager import PROJECT, running
from tests.support.servers import object_store, visitors
from tests.support.site import app

TYPE = "type guildhall secrets"
INVENTORY = "pyinfra error in inventory.py line "
TAG = f'tag="{app("outline").version}"'
SETTINGS, LAB = "group_data/all.py", "group_data/lab.py"
OUTLINE, TEMPLATE = "catalogue/apps/outline.py", "templates/outline/compose.yaml.j2"


class Operator:
    """Someone at the command line, whose hosts are nothing but a port, with no key of their own needed."""

    def __init__(self, project: Project, port: int) -> None:
        address = ("ssh_hostname=127.0.0.1", f"ssh_port={port}", "ssh_key=")
        self.project, self._address = project, [word for value in address for word in ("--data", value)]

    def deploy(
        self, *options: str, file: str = "deploys/site.py", inventory: str = "inventory.py", **variables: str
    ) -> Ran:
        """A plan of the whole site, with secrets from a file unless `variables` say otherwise."""
        words = ("-m", "pyinfra", inventory, file, "--dry", *self._address, *options)
        return self.project.run(*words, **{"GUILDHALL_SECRETS": "dotenv", **variables})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied(tmp_path)


@pytest.fixture
def came() -> Iterator[tuple[int, list[str]]]:
    with visitors() as port_and_visitors:
        yield port_and_visitors


@pytest.fixture
def operator(project: Project, came: tuple[int, list[str]]) -> Iterator[Operator]:
    """Everything is right at first; whatever the test does, no host may hear of it."""
    project.with_secrets("lab")
    yield Operator(project, came[0])
    assert came[1] == []


def refused(ran: Ran) -> list[str]:
    """The lines of a refusal, without what pyinfra puts before them."""
    assert ran.code == 1, ran.err
    assert "Traceback" not in ran.err
    assert "exception" not in ran.err
    first, *more = ran.complaints
    return [first.removeprefix("pyinfra error: "), *more]


def test_good_input_leads_to_the_hosts(project: Project, came: tuple[int, list[str]]) -> None:
    """Else no test of this file would prove anything."""
    project.with_secrets("lab")

    Operator(project, came[0]).deploy("--json")

    assert len(came[1]) >= 3


Damage = Callable[[Project], object]


def replaced(path: str, old: str, new: str) -> Damage:
    return lambda project: project.edit(path, old, new)


def written(path: str, content: bytes) -> Damage:
    return lambda project: (project.root / path).write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            replaced(SETTINGS, 'organisation = "guildhall"', 'organisation = "Verein Nord"'),
            r"group_data/all\.py line 3: organisation is 'Verein Nord'; write lower-case letters, .*",
        ),
        (
            replaced(LAB, 'docker_source = "distribution"', 'docker_sorce = "distribution"'),
            r"group_data/lab\.py line \d+: docker_sorce is no setting; write docker_source",
        ),
        (
            replaced(LAB, "postgres_port = 5432", "postgres_port = 5432 +"),
            r"group_data/lab\.py line \d+: SyntaxError: invalid syntax; correct it there",
        ),
        (written(SETTINGS, b"\xff\x00"), r"group_data/all\.py is not UTF-8 text; save it as UTF-8"),
        (
            replaced("inventory.py", '["tools-prod"]', '["tools-prod"'),
            r"inventory\.py line \d+: SyntaxError: .*; correct it there",
        ),
        (
            replaced("deploys/site.py", '("all"', '("all'),
            r"deploys/site\.py line \d+: SyntaxError: .*; correct it there",
        ),
        (written("inventory.py", b"x = 1\0"), r"inventory\.py holds a null character; write it anew, .*"),
        (written(".env", b"\xff\xfeA=1"), r"\.env is not UTF-8 text; save it as UTF-8"),
        (written("images.lock", b"\xff\x00"), r"images\.lock is not UTF-8 text; save it as UTF-8"),
        (
            replaced(TEMPLATE, "{{ url | yaml }}", "{{ 1 / 0 }}"),
            rf"{TEMPLATE} line \d+: ZeroDivisionError: division by zero; correct the template",
        ),
        (
            replaced(TEMPLATE, "SECRET_KEY: ${SECRET_KEY}", "SECRET_KEY: $SECRET_KAY"),
            rf"{TEMPLATE} line \d+: it uses SECRET_KAY: not secrets of the app; declare them, .*",
        ),
        (
            replaced(OUTLINE, "APP = App(", "RECORD = dict("),
            r"catalogue/apps/__init__\.py line \d+: outline\.py holds no app; write one, .*",
        ),
        (
            replaced(OUTLINE, "from catalogue.shared import redis", "from catalogue.shared import rediss"),
            r"catalogue/apps/outline\.py line \d+: ImportError: cannot import name 'rediss' .*",
        ),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong_in_it(
    operator: Operator, damage: Damage, said: str
) -> None:
    damage(operator.project)

    (line,) = refused(operator.deploy())

    assert re.fullmatch(f"(pyinfra error in inventory.py line \\d+: )?{said}", line), line


def test_what_is_typed_for_one_app_must_reach_it(operator: Operator) -> None:
    """`--data ap=outline` was taken for nothing, and the whole site deployed."""
    typed = {
        "ap=outline": "--data ap=outline: 'ap' is no setting; write app",
        "app=": "--data app=: there is no value; write --data app=VALUE",
        "app": "--data app: there is no value; write --data app=VALUE",
        "app=outlin": "--data app=outlin: the catalogue has no such app; write outline",
    }

    found = {word: refused(operator.deploy("--data", word)) for word in typed}

    assert {
        word: line.partition("line ")[2].partition(": ")[2] or line for word, (line,) in found.items()
    } == typed


@pytest.mark.parametrize("where", [("--limit", "management"), ("--exclude", "tools")])
def test_an_app_that_no_chosen_host_has(operator: Operator, where: tuple[str, str]) -> None:
    assert refused(operator.deploy("--data", "app=outline", *where)) == [
        "--data app=outline: it is for the hosts of group 'tools', and this run has none of them; "
        "choose others by --limit, or type deploys/site.py"
    ]


def test_an_app_that_a_deploy_file_is_not_about(operator: Operator) -> None:
    ran = operator.deploy("--data", "app=grafana", file="deploys/tools.py")

    assert refused(ran)[0].startswith("--data app=grafana: it is for the hosts of group 'management', ")


@pytest.mark.parametrize("inventory", ["@local", "tools-prod", "inventry.py"])
def test_another_inventory_than_the_sites(operator: Operator, inventory: str) -> None:
    assert refused(operator.deploy(inventory=inventory)) == [
        f"'{inventory}' is not this site's inventory; type inventory.py, with --limit HOST"
    ]


def test_another_folder(operator: Operator) -> None:
    root = operator.project.root
    elsewhere = Project(root / "docs")
    elsewhere.root.mkdir()

    ran = elsewhere.run(
        "-m", "pyinfra", f"{root}/inventory.py", f"{root}/deploys/site.py", PYTHONPATH=str(root)
    )

    (line,) = refused(ran)
    assert line.endswith(f": pyinfra must be started in the checkout; type cd {root}")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def test_a_file_that_is_in_no_commit_never_lands_outside_the_lab(operator: Operator) -> None:
    project = operator.project
    project.with_secrets("production")
    for number in "235":
        project.edit("group_data/production.py", f"203.0.113.{number}", f"127.0.0.{number}")
    git(project.root, "init", "--quiet")
    git(project.root, "add", "catalogue", "templates", "files")
    project.write("files/outline/notes.txt", "mine")

    (line,) = refused(operator.deploy(GUILDHALL_ENV="production"))

    assert (
        line == "files/outline/notes.txt would land on a host, and is in no commit; git add it, or remove it"
    )


@pytest.mark.parametrize("file", ["templates/outline/.compose.yaml.j2.swp", "files/outline/notes~"])
def test_an_editors_leftover_lands_nowhere(operator: Operator, file: str) -> None:
    operator.project.write(file, "mine")

    assert refused(operator.deploy()) == [f"{file} is a leftover, and would land on hosts; remove it"]


def test_a_checkout_of_another_user(operator: Operator) -> None:
    git(operator.project.root, "init", "--quiet")

    # As git's own tests ask for it; making a folder somebody else's takes root.
    (line,) = refused(operator.deploy(GIT_TEST_ASSUME_DIFFERENT_OWNER="1"))

    assert line.startswith(
        "git: the checkout belongs to another user; type git config --global --add safe.dir"
    )


def test_a_checkout_without_git(operator: Operator) -> None:
    (operator.project.root / ".git").mkdir()

    (line,) = refused(operator.deploy(PATH="/nonexistent"))

    assert line == "git is not installed, and says which commit is deployed; install git"


def test_who_looks_for_a_mistake_is_shown_all_of_it(operator: Operator) -> None:
    operator.project.edit(OUTLINE, "mail=True", "mail=1 / 0")

    ran = operator.deploy(GUILDHALL_DEBUG="1")

    assert ran.code == 1
    assert "Traceback (most recent call last)" in ran.err
    assert "ZeroDivisionError: division by zero" in ran.err


def test_an_unknown_environment(operator: Operator) -> None:
    (line,) = refused(operator.deploy(GUILDHALL_ENV="prod"))

    assert line.startswith(INVENTORY)
    assert line.endswith(": GUILDHALL_ENV: 'prod' is unknown; set it to lab or production in .env")


def test_missing_and_malformed_secrets_all_at_once(operator: Operator) -> None:
    store = operator.project.store("lab")
    gone = ("AUTHENTIK__SECRET_KEY", "OUTLINE__UTILS_SECRET", "POSTGRES__PASSWORD")
    lines = [line for line in store.file.read_text().splitlines() if not line.startswith(gone)]
    store.file.write_text("\n".join(lines) + "\n")
    store.write("outline", {"SECRET_KEY": "canary-not-hexadecimal"}, replace=True)

    ran = operator.deploy()

    assert refused(ran) == [
        ".secrets.lab.env: 4 problems with secrets",
        f"authentik: SECRET_KEY (authentik/SECRET_KEY) is missing; {TYPE} generate",
        "outline: SECRET_KEY (outline/SECRET_KEY) must be 64 lower-case hexadecimal digits; "
        f"{TYPE} set outline SECRET_KEY --replace",
        f"outline: UTILS_SECRET (outline/UTILS_SECRET) is missing; {TYPE} generate",
        f"databases: POSTGRES_ADMIN_PASSWORD (postgres/PASSWORD) is missing; {TYPE} set postgres PASSWORD",
    ]
    assert "canary" not in ran.out + ran.err


def test_a_file_of_secrets_that_others_can_read(operator: Operator) -> None:
    operator.project.store("lab").file.chmod(0o644)

    assert refused(operator.deploy()) == [
        ".secrets.lab.env has mode 0644, others can read it; type chmod 600 .secrets.lab.env"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'host="wiki"',
            'host="gateway"',
            "route 'gateway (public)' is declared twice, by authentik and outline; ",
        ),
        (
            'name="outline",\n    purpose',
            'name="traefik",\n    purpose',
            "app 'traefik' is declared twice; ",
        ),
        (
            'user="1001:1001",',
            'user="1001:1001",\n            ports=(Port(host=443, container=80),),',
            "group 'tools': port '443/tcp' is declared twice, by traefik and outline; ",
        ),
    ],
)
def test_two_records_that_do_not_agree(operator: Operator, old: str, new: str, said: str) -> None:
    operator.project.edit(OUTLINE, old, new)
    operator.project.edit(OUTLINE, "    Oidc,\n", "    Oidc,\n    Port,\n")

    (line,) = refused(operator.deploy())

    assert line.startswith("catalogue/apps/__init__.py line ")
    assert f": {said}give one of them another" in line


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            TAG,
            'tag="latest"',
            "image 'docker.io/outlinewiki/outline:latest' is not pinned; write a version as its tag",
        ),
        (
            TAG,
            "",
            "Image.__init__() missing 1 required keyword-only argument: 'tag'; correct it there",
        ),
    ],
)
def test_a_record_that_cannot_be(operator: Operator, old: str, new: str, said: str) -> None:
    number = operator.project.line(OUTLINE, old)
    operator.project.edit(OUTLINE, old, new)

    assert refused(operator.deploy()) == [f"{OUTLINE} line {number}: {said}"]


@pytest.mark.parametrize("words", ["secrets check", "lab status"])
def test_a_wrong_record_stops_every_other_command_too(operator: Operator, words: str) -> None:
    operator.project.edit(OUTLINE, TAG, 'tag="latest"')

    (line,) = refused(operator.project.guildhall(*words.split()))

    assert line.endswith("is not pinned; write a version as its tag")


def test_an_app_whose_group_has_no_host(operator: Operator) -> None:
    operator.project.edit(OUTLINE, 'group="tools"', 'group="tool"')

    assert refused(operator.deploy()) == ["app 'outline': no host is in group 'tool'; see inventory.py"]


def test_a_template_with_a_name_that_nobody_gives(operator: Operator) -> None:
    number = operator.project.line(TEMPLATE, "URL: {{ url | yaml }}")
    operator.project.edit(TEMPLATE, "{{ url | yaml }}", "{{ nosuch }}")

    assert refused(operator.deploy()) == [
        f"{TEMPLATE} line {number}: 'nosuch' is undefined; correct the template"
    ]


def test_a_template_that_is_no_yaml_once_rendered(operator: Operator) -> None:
    """A reader of YAML sees a wrong indentation at the line after it."""
    number = operator.project.line(TEMPLATE, "      URL: {{ url | yaml }}") + 1
    operator.project.edit(TEMPLATE, "      URL: {{ url | yaml }}", "     URL: {{ url | yaml }}")

    (line,) = refused(operator.deploy())

    assert line.startswith(f"{TEMPLATE} line {number}, once rendered, is not YAML: mapping values")


def test_an_app_that_the_catalogue_does_not_have(operator: Operator) -> None:
    (line,) = refused(operator.deploy("--data", "app=nosuch"))

    assert line.startswith(
        "--data app=nosuch: the catalogue has no such app; it has traefik, node-exporter, "
    )


def test_a_limit_that_no_host_matches(operator: Operator) -> None:
    assert refused(operator.deploy("--limit", "nosuch"))[1:] == [
        "pyinfra error: --limit nosuch: no host and no group has this name; their names are in inventory.py"
    ]


def test_a_host_that_is_to_be_left_out_and_misspelt(operator: Operator) -> None:
    """pyinfra says so and goes on, with every host."""
    assert refused(operator.deploy("--exclude", "tols-prod"))[1:] == [
        "pyinfra error: --exclude tols-prod: no host and no group has this name; write tools-prod"
    ]


def test_a_lab_that_was_never_up(operator: Operator) -> None:
    assert refused(operator.deploy(GUILDHALL_SECRETS="")) == [
        "the lab's secret store is not there: .lab/env is missing; type guildhall lab up"
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"SCW_SECRET_KEY": PROJECT},
            "Scaleway Secret Manager /guildhall/lab: cannot read [a-z0-9-]+: access refused; "
            "check SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID, and that the key's IAM policy "
            "allows SecretManagerFullAccess or, to read, SecretManagerSecretAccess",
        ),
        (
            {"SCW_SECRET_KEY": "canary-key"},
            r"Scaleway: missing or malformed: SCW_SECRET_KEY; set them in \.env, see \.env\.example",
        ),
        (
            {"SCW_API_URL": "http://127.0.0.1:9"},
            "Scaleway Secret Manager /guildhall/lab: cannot read [a-z0-9-]+: ConnectionError at "
            r"http://127\.0\.0\.1:9; check the network and SCW_API_URL",
        ),
    ],
)
def test_wrong_credentials_of_the_secret_store(
    operator: Operator,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    said: str,
) -> None:
    with running(tmp_path_factory.mktemp("api"), monkeypatch):
        right = {name: value for name, value in os.environ.items() if name.startswith("SCW_")}
        write_lab_env(operator.project.root, right | wrong)
        ran = operator.deploy(GUILDHALL_SECRETS="scaleway")

    (line,) = refused(ran)
    assert re.fullmatch(said, line)
    assert "canary" not in ran.err


def write_lab_env(root: Path, variables: dict[str, str]) -> None:
    """The file that a lab leaves, and that only runs in the lab's environment read."""
    (root / ".lab").mkdir()
    (root / ".lab/env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))


def test_production_with_the_example_addresses(operator: Operator) -> None:
    (line,) = refused(operator.deploy(GUILDHALL_ENV="production"))

    assert line.startswith(INVENTORY)
    assert line.endswith(
        ": group_data/production.py: server 'tools-prod' has the example address 203.0.113.3; "
        "write its real one there, or set GUILDHALL_TERRAFORM_STATE in .env"
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"outputs": {}}, "Terraform state has no output 'servers'; add it and run terraform apply"),
        (
            {"outputs": {"servers": {"value": {"tools-prod": {"public_ip": "127.0.0.1"}}}}},
            "Terraform output 'servers': server 'tools-prod' has no private_ip; add it there",
        ),
        (None, "s3://terraform/state: there is no such object; check its key"),
    ],
)
def test_terraforms_state_without_the_servers(operator: Operator, state: object, said: str) -> None:
    content = {"state": json.dumps(state).encode()} if state else {}
    with object_store(**content) as store:
        ran = operator.deploy(
            GUILDHALL_ENV="production",
            GUILDHALL_TERRAFORM_STATE="s3://terraform/state",
            S3_ENDPOINT=store,
            S3_ACCESS_KEY="access-key",
            S3_SECRET_KEY="secret-key",  # noqa: S106 - of a server that takes any
        )

    (line,) = refused(ran)
    assert line.startswith(INVENTORY)
    assert line.endswith(f": {said}")


def test_a_compose_file_that_is_no_text_is_said_as_that(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_bytes(b"services: \x80\xff")

    done = subprocess.run(
        [Path(sys.executable).with_name("guildhall"), "app", "import", str(file), "--name", "shop"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, f"{file} is not UTF-8 text; save it as UTF-8\n")
