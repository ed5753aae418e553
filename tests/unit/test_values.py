"""The settings of group_data: each is known by name, said with its line, and the same for a whole site."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api import Inventory, StringCommand
from pyinfra.connectors.util import make_unix_command

from catalogue.model import mistakes
from tasks import faults, settings
from tasks.inventory import connection, servers, values
from tasks.settings import ROOT, Settings

LAB = Settings(environment="lab", store="dotenv", terraform_state=None)
ALL, OWN = "group_data/all.py", "group_data/lab.py"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the real group_data, which a test may spoil."""
    for module in (values, faults, settings, mistakes, servers):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "group_data").mkdir()
    for file in (ROOT / "group_data").glob("*.py"):
        (tmp_path / "group_data" / file.name).write_bytes(file.read_bytes())
    return tmp_path


def appended(root: Path, file: str, text: str) -> int:
    """The number of the first line that is added to a file."""
    before = (root / file).read_text()
    (root / file).write_text(f"{before}{text}\n")
    return before.count("\n") + 1


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ValueError, match=r"\w") as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def inventory(**overrides: Any) -> Inventory:
    """Two hosts as pyinfra makes them of the lab's files; `overrides` is what --data says."""
    own = {**faults.executed(ALL), **faults.executed(OWN)}
    data = {name: value for name, value in own.items() if not values._hidden(name, value)}
    hosts = [(name, dict(data["servers"][name])) for name in ("tools-prod", "management")]
    groups: dict[str, Any] = {
        "tools": ([hosts[0]], {}), "management": ([hosts[1]], {}), "lab": (hosts, data),
    }  # fmt: skip
    return Inventory((hosts, {}), override_data=overrides, **groups)  # type: ignore[no-untyped-call]


def site(made: Inventory) -> Callable[[], object]:
    return lambda: servers.site(made, {})


def test_the_files_of_the_project_are_good(root: Path) -> None:
    values.check_files(LAB)

    assert servers.site(inventory(), {}).environment == "lab"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (ALL, "organisation =", "SyntaxError: invalid syntax"),
        (OWN, "x = (", "SyntaxError: '(' was never closed"),
        (OWN, "domains = lab", "NameError: name 'lab' is not defined"),
        (OWN, "import nosuch", "ModuleNotFoundError: No module named 'nosuch'"),
        (ALL, "journal_size_mb = 1 / 0", "ZeroDivisionError: division by zero"),
        (ALL, "raise SystemExit(3)", "it ends the whole program"),
        ("group_data/production.py", "x = int('')", "invalid literal for int() with base 10: ''"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_its_line(root: Path, file: str, text: str, said: str) -> None:
    line = appended(root, file, text)

    assert refusal(lambda: values.check_files(LAB)) == f"{file} line {line}: {said}; correct it there"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "x = 'Fräulein'".encode("latin-1")])
def test_a_file_that_is_no_text_is_named(root: Path, content: bytes) -> None:
    (root / ALL).write_bytes(content)

    assert refusal(lambda: values.check_files(LAB)) == f"{ALL} is not UTF-8 text; save it as UTF-8"


@pytest.mark.parametrize("file", [ALL, OWN])
def test_an_empty_or_missing_file_is_said_by_what_it_lacks(root: Path, file: str) -> None:
    (root / file).write_text("")
    empty = refusal(lambda: servers.groups(LAB, {"tools": ["tools-prod"]}) and site(inventory())())
    (root / file).unlink()
    gone = refusal(lambda: servers.groups(LAB, {"tools": ["tools-prod"]}) and site(inventory())())

    assert "group_data" in empty
    assert "group_data" in gone


@pytest.mark.parametrize(
    ("name", "meant"),
    [("image_mirrr", "write image_mirror"), ("organization", "write organisation"), ("colour", "drop it")],
)
def test_a_name_that_is_no_setting_is_refused_with_the_nearest(root: Path, name: str, meant: str) -> None:
    line = appended(root, ALL, f"{name} = 'x'")

    assert refusal(lambda: values.check_files(LAB)) == f"{ALL} line {line}: {name} is no setting; {meant}"


def test_a_key_that_is_there_twice_is_refused_with_its_line(root: Path) -> None:
    """Of two people of one name the first would have no account."""
    line = appended(root, ALL, "operators = {\n    'ada': (),\n    'ada': (),\n}")

    assert refusal(lambda: values.check_files(LAB)) == (
        f"{ALL} line {line + 2}: 'ada' is there twice; write it once"
    )


def test_what_a_file_imports_and_keeps_for_itself_is_no_setting(root: Path) -> None:
    appended(root, ALL, "import os\n_mine = os.sep")

    values.check_files(LAB)


def test_an_environments_file_says_which_it_is(root: Path) -> None:
    line = appended(root, OWN, "environment = 'prod'")

    assert refusal(lambda: values.check_files(LAB)) == (
        f"{OWN} line {line}: environment is 'prod'; write 'lab', as the file is called"
    )


@pytest.mark.parametrize("listed", ["5", "[]", "None"])
def test_servers_that_are_no_list_of_them_are_refused(root: Path, listed: str) -> None:
    line = appended(root, OWN, f"servers = {listed}")

    said = refusal(lambda: servers.groups(LAB, {"tools": ["tools-prod"]}))
    assert said == f"{OWN} line {line}: servers is no list of them; see docs/production.md"


@pytest.mark.parametrize(
    ("file", "name", "wrong", "said"),
    [
        (ALL, "organisation", "Verein Nord", "write lower-case letters"),
        (OWN, "postgres_port", "5432; id", "write a whole number"),
        (OWN, "docker_source", "dockr", "write 'docker' or 'distribution'"),
        (OWN, "postgres_admin", "a b; drop", "write a user's name"),
        (OWN, "postgres_sslmode", "disable", "write 'require' or 'verify-ca' or 'verify-full'"),
        (OWN, "postgres_root_cert", "ca.pem", "write ''"),
        (OWN, "ssh_strict_host_key_checking", "no", "write 'yes' or 'accept-new'"),
        (OWN, "kernel_parameters", {"vm.x y": 1}, "write a kernel parameter"),
        (OWN, "kernel_parameters", {"vm.x": "1\n2"}, "write a whole number"),
        (OWN, "kernel_parameters", 5, "write several in braces"),
        (ALL, "journal_size_mb", "2G", "write a whole number"),
        (ALL, "journal_size_mb", 0, "write 16 or more"),
        (ALL, "operators", {"root": ()}, "write a person's account, as in ada"),
        (ALL, "operators", {"ada": ("ssh-ed25519 AAAA ada",)}, "write an SSH public key as in ssh-ed25519"),
        (ALL, "ci_keys", ("nonsense",), "write an SSH public key as in ssh-ed25519"),
        (ALL, "operators", {"ada": ()}, "ada has no key; add it, or drop the name"),
        (ALL, "ssh_user", "ada", "none of the operators, whose accounts a deploy takes away"),
        (ALL, "wait_for_dependencies_seconds", -5, "write a number above 0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line(
    root: Path, file: str, name: str, wrong: object, said: str
) -> None:
    line = appended(root, file, f"{name} = {wrong!r}")

    text = refusal(site(inventory()))
    assert text.startswith((f"{file} line {line}: {name}", f"{file} line {line}: a key of"))
    assert said in text


@pytest.mark.parametrize("name", ["timezone", "docker_source"])
def test_a_wrong_value_on_the_command_line_is_said_to_be_there(root: Path, name: str) -> None:
    assert refusal(site(inventory(**{name: "x"}))).startswith(f"--data {name}: {name} is 'x'; write ")


def test_a_setting_that_nobody_sets_is_named(root: Path) -> None:
    text = (root / OWN).read_text().replace('s3_region = "fr-par"\n', "")
    (root / OWN).write_text(text)

    assert refusal(site(inventory())) == "group_data: s3_region is not set; write it in group_data/all.py"


def test_names_of_a_group_without_a_host_would_lead_nowhere(root: Path) -> None:
    appended(root, ALL, "wildcards = {'public': 'tool'}")

    assert refusal(site(inventory())) == "wildcards: no host is in group 'tool'; see inventory.py"


def test_what_is_the_sites_own_cannot_differ_between_its_hosts(root: Path) -> None:
    made = inventory()
    made.get_host("management").host_data["timezone"] = "UTC"

    assert refusal(site(made)) == (
        "group_data/all.py line 4: timezone is not the same for management as for tools-prod; "
        "a site has one: write it in group_data/all.py"
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("ap=outline", "--data ap=outline: 'ap' is no setting; write app"),
        ("ssh_prot=22", "--data ssh_prot=22: 'ssh_prot' is no setting; write ssh_port"),
        ("=x", "--data =x: '' is no setting; drop it"),
        ("app", "--data app: there is no value; write --data app=VALUE"),
        ("app=", "--data app=: there is no value; write --data app=VALUE"),
        ("timezone", "--data timezone: there is no value; write --data timezone=VALUE"),
    ],
)
def test_an_argument_of_data_that_would_be_passed_over_is_refused(word: str, said: str) -> None:
    assert refusal(lambda: values.check_data([word])) == said


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("ssh_user = 5", "ssh_user is of type int; write text, in quotes"),
        ("ssh_port = '22'", "ssh_port is of type str; write a whole number"),
        ("ssh_connect_retries = True", "ssh_connect_retries is of type bool; write a whole number"),
        ("ssh_hostname = 12345", "ssh_hostname is of type int; write text, in quotes"),
    ],
)
def test_what_no_connection_can_be_made_with_is_named_with_its_place(
    root: Path, setting: str, said: str
) -> None:
    """pyinfra refuses it as well, and says neither the file nor the line."""
    line = appended(root, ALL, setting)
    typed = setting.replace(" ", "").replace("'22'", "x")

    assert refusal(lambda: values.check_files(LAB)) == f"{ALL} line {line}: {said}"
    assert refusal(lambda: values.check_data([typed])) == f"--data {typed.partition('=')[0]}: {said}"


SEEN = (
    "would be seen by all users of the servers, among the processes; drop it, log in with a key, "
    "and give your user NOPASSWD in /etc/sudoers.d"
)


@pytest.mark.parametrize("name", ["_sudo_password", "_su_password"])
def test_a_password_that_pyinfra_would_show_on_a_server_is_refused(root: Path, name: str) -> None:
    line = appended(root, OWN, f"{name} = 'canary'")
    listed = {"a": {"public_ip": "10.0.0.3", "private_ip": "10.0.0.3", name: "canary"}}

    assert refusal(lambda: values.check_files(LAB)) == f"{OWN} line {line}: {name} {SEEN}"
    assert refusal(lambda: servers._entry("a", OWN, listed)) == f"{OWN}: server 'a': {name} {SEEN}"


def test_pyinfra_itself_still_shows_these_passwords() -> None:
    """Else they need not be refused any more."""
    askpass = {"_sudo_askpass_path": "/a", "_su_askpass_path": "/a", "_su_user": "root", "_sudo": True}
    for name in connection.ON_SERVERS:
        made = make_unix_command(StringCommand("true"), **{**askpass, name: "canary"})
        assert "canary" in made.get_raw_value()


@pytest.mark.parametrize("name", ["_sudo_password", "_su_password", "ssh_password", "ssh_key_password"])
def test_a_password_that_is_typed_is_refused(name: str) -> None:
    assert refusal(lambda: values.check_data([f"{name}=canary"])) == (
        f"--data {name}: others would see the password, among the processes; drop it, log in with a key that "
        "ssh-agent holds, and let sudo ask for none (NOPASSWD)"
    )


@pytest.mark.parametrize("name", ["ssh_password", "ssh_key_password", "same_sudo_password"])
def test_an_option_of_pyinfra_that_takes_a_password_is_refused(name: str) -> None:
    said = refusal(lambda: connection.check_options({"user": "ada", name: "canary"}))

    assert said.startswith(f"--{name.replace('_', '-')}: others would see the password")
    connection.check_options({"sudo": True, name: None})


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ({"ssh_user": 5}, "ssh_user is of type int; write text, in quotes"),
        ({"ssh_prt": 22}, "'ssh_prt' is no setting; write ssh_port"),
    ],
)
def test_what_a_server_says_of_itself_is_looked_at_as_well(server: dict[str, object], said: str) -> None:
    listed = {"a": {"public_ip": "10.0.0.3", "private_ip": "10.0.0.3", **server}}

    assert refusal(lambda: servers._entry("a", OWN, listed)) == f"{OWN}: server 'a': {said}"


def test_two_values_for_one_setting_are_refused() -> None:
    """The last one counted, and the first was passed over."""
    values.check_data(["app=outline", "ssh_port=22", "app=outline"])

    assert refusal(lambda: values.check_data(["app=outline", "app=grafana"])) == (
        "--data app=grafana: app is 'outline' already; a run takes one value of it"
    )


@pytest.mark.parametrize("word", ["app=outline", "ssh_key=", "ssh_port=22", "_sudo=True", "app=a=b"])
def test_an_argument_of_data_that_means_something_is_taken(word: str) -> None:
    values.check_data([word])


@pytest.mark.parametrize(
    ("text", "value"),
    [("True", True), ("FALSE", False), ("22", 22), ('{"a": 1}', {"a": 1}), ("[1", "[1"), ("wiki", "wiki")],
)
def test_a_value_of_data_is_what_pyinfra_makes_of_it(text: str, value: object) -> None:
    assert connection.typed(text) == value
    assert type(connection.typed(text)) is type(value)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(mistakes.DEBUG, raising=False)
