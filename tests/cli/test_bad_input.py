"""Whatever is wrong with the input: one line that says what, where and what to do, and no host is contacted.

Each test runs the real command in a copy of the project; every host's address is a port that counts visitors.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project, Ran, copied
from tests.support.secret_manager import PROJECT, running
from tests.support.servers import object_store, visitors
from tests.support.site import app

TYPE = "type guildhall secrets"
INVENTORY = "pyinfra error in inventory.py line "
TAG = f'tag="{app("outline").version}"'
OUTLINE, TEMPLATE = "catalogue/apps/outline.py", "templates/outline/compose.yaml.j2"


class Operator:
    """Someone at the command line, whose hosts are nothing but a port, with no key of their own needed."""

    def __init__(self, project: Project, port: int) -> None:
        address = ("ssh_hostname=127.0.0.1", f"ssh_port={port}", "ssh_key=")
        self.project, self._address = project, [word for value in address for word in ("--data", value)]

    def deploy(self, *options: str, **variables: str) -> Ran:
        """A plan of the whole site, with secrets from a file unless `variables` say otherwise."""
        words = ("-m", "pyinfra", "inventory.py", "deploys/site.py", "--dry", *self._address, *options)
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
            "group 'tools': port '443' is declared twice, by traefik and outline; ",
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
            "Image.__init__() missing 1 required keyword-only argument: 'tag'",
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
    number = operator.project.line(TEMPLATE, "URL: {{ url }}")
    operator.project.edit(TEMPLATE, "{{ url }}", "{{ nosuch }}")

    assert refused(operator.deploy()) == [
        f"{TEMPLATE} line {number}: 'nosuch' is undefined; correct the template"
    ]


def test_a_template_that_is_no_yaml_once_rendered(operator: Operator) -> None:
    operator.project.edit(TEMPLATE, "      URL: {{ url }}", "     URL: {{ url }}")

    (line,) = refused(operator.deploy())

    assert line.startswith(f"{TEMPLATE}, once rendered, is not YAML: ")


def test_an_app_that_the_catalogue_does_not_have(operator: Operator) -> None:
    (line,) = refused(operator.deploy("--data", "app=nosuch"))

    assert line.startswith(
        "--data app=nosuch: the catalogue has no such app; it has traefik, node-exporter, "
    )


def test_a_limit_that_no_host_matches(operator: Operator) -> None:
    assert refused(operator.deploy("--limit", "nosuch")) == [
        "No host matches found for --limit pattern: nosuch",
        "pyinfra error: no host matches --limit; the hosts and groups are those of inventory.py",
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
