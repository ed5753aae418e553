"""A double starts only where the real program would: with our configuration, not with the one that we had.

Each double's own check of its start is run, without rights, in a folder with all that its container finds.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from lab.doubles import environment, journal
from lab.doubles.cadvisor import Containers
from lab.doubles.contract import load
from lab.doubles.grafana import Plugins
from lab.doubles.image import Image
from lab.doubles.leantime import BY_LINK, KNOWN, LINK, NEW, OWN, Accounts
from lab.doubles.loki import CEILING, CHUNKS, RESULTS, Lines, memory_problems
from lab.doubles.outline import Uploads
from lab.doubles.shape import make
from tasks.settings import ROOT
from tests.lab_unit.contracts import Double, parts
from tests.lab_unit.grounds import kept, lay
from tests.support.releases import releases
from tests.support.yaml_text import read_yaml

RELEASES = {release.app.name: release for _, release in releases()}
PROGRAM = """
import json, sys
from pathlib import Path
from lab.doubles.contract import load
from lab.doubles.start import refused
print(json.dumps(refused(load(sys.argv[1]), json.loads(sys.argv[2]), Path(sys.argv[3]))))
"""
# Root may do all things; in a container without capabilities it may not.
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
Files = Mapping[str, bytes]


def definition(app: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(RELEASES[app].files["compose.yaml"])
    return found


SHAPED = {
    part.name: part
    for name in RELEASES
    for part in parts(RELEASES[name].app, definition(name))
    if isinstance(part, Double) and part.contract.image
}


def service_of(name: str) -> dict[str, Any]:
    """A service's definition, free to be spoilt."""
    app, _, service = name.partition("/")
    found: dict[str, Any] = definition(app)["services"][service]
    return found


def files_of(name: str) -> dict[str, bytes]:
    return dict(RELEASES[name.partition("/")[0]].files)


def refusals(root: Path, name: str, service: Mapping[str, Any], files: Files | None = None) -> list[str]:
    """What the double of a service says where it starts, and what would be lost with its container."""
    contract = SHAPED[name].contract
    assert contract.image
    flags = environment.flags(map(str, service.get("command", [])))
    takes = any(name.startswith("FLAG_") for name in (*contract.required, *contract.optional))
    env = {**(service.get("environment") or {}), **(flags if takes else {})}
    lay(root, contract, service, files_of(name) if files is None else files)
    words = [*POWERLESS, sys.executable, "-c", PROGRAM, contract.name, json.dumps(env), str(root)]
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return [*json.loads(said), *kept(service, env, contract.image)]


@pytest.mark.parametrize("name", SHAPED)
def test_a_double_starts_with_our_configuration(name: str, tmp_path: Path) -> None:
    assert refusals(tmp_path, name, service_of(name)) == []


def test_alloy_has_no_flag_that_only_looks_like_one_of_its_own(tmp_path: Path) -> None:
    service = service_of("alloy/alloy")
    service["command"][service["command"].index("--server.http.disable-support-bundle")] = (
        "--disable-support-bundle"
    )

    assert refusals(tmp_path, "alloy/alloy", service) == ["FLAG_DISABLE_SUPPORT_BUNDLE: no such flag"]


def test_alloy_cannot_write_where_its_image_has_a_folder_of_another_user(tmp_path: Path) -> None:
    service = service_of("alloy/alloy")
    service["command"] = [word.replace("=/data", "=/var/lib/alloy/data") for word in service["command"]]
    service["volumes"][-1] = "positions:/var/lib/alloy/data"

    said = refusals(tmp_path, "alloy/alloy", service)

    assert "/var/lib/alloy/data/alloy_seed.json: Permission denied" in said


def test_n8n_writes_its_pages_into_a_folder_that_it_must_be_given(tmp_path: Path) -> None:
    service = service_of("n8n/n8n")
    service["tmpfs"].remove("/home/node/.cache:uid=1000,gid=1000")

    assert refusals(tmp_path, "n8n/n8n", service) == [
        "/home/node/.cache/n8n/public/index.html: Permission denied"
    ]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("conf/logging.json", "/app/conf/logging.json: No such file or directory"),
        ("conf/deleted/README", "/app/conf/deleted: Permission denied"),
    ],
)
def test_wobbler_wants_its_whole_folder(missing: str, said: str, tmp_path: Path) -> None:
    files = files_of("wobbler/wobbler")
    del files[missing]

    assert refusals(tmp_path, "wobbler/wobbler", service_of("wobbler/wobbler"), files) == [said]


def test_wobblers_scripts_are_run_by_an_older_python(tmp_path: Path) -> None:
    files = files_of("wobbler/wobbler")
    provider = files["conf/scripts/provider.py"].decode()
    files["conf/scripts/provider.py"] = b"from datetime import UTC\n" + provider.encode()
    files["conf/scripts/old.py"] = b"def call(body: dict | None = None) -> str | None: ...\n"
    files["conf/scripts/newer.py"] = b"match 1:\n    case _: ...\n"

    assert refusals(tmp_path, "wobbler/wobbler", service_of("wobbler/wobbler"), files) == [
        "newer.py: line 2 needs Python 3.10, and the image has 3.9",
        "old.py: X | Y in an annotation needs Python 3.10, and the image has 3.9",
        "provider.py: datetime.UTC needs Python 3.11, and the image has 3.9",
    ]


def test_wobblers_ssh_refuses_a_user_without_a_name(tmp_path: Path) -> None:
    service = service_of("wobbler/wobbler") | {"user": "1001:1001"}
    uid = os.getuid()

    assert f"No user exists for uid {uid}" in refusals(tmp_path, "wobbler/wobbler", service)


def test_the_account_of_wobbler_is_made_by_our_recipe() -> None:
    recipe = (ROOT / "images/wobbler/Dockerfile").read_text()
    made = re.search(r"useradd --uid (\d+) --user-group .*--home-dir (\S+) .*?(\w+)\n", recipe)
    image = load("wobbler").image

    assert made
    assert image
    assert image.accounts == (f"{made[3]}:{made[1]}:{made[1]}:{made[2]}",)


def test_leantimes_sessions_outlive_its_container(tmp_path: Path) -> None:
    service = service_of("leantime/leantime")
    service["volumes"] = [each for each in service["volumes"] if not each.startswith("sessions:")]

    assert refusals(tmp_path, "leantime/leantime", service) == ["/var/www/html/storage/framework/sessions"]


# What a contract says of commands and of time, held against the records


BUILT_IN = {
    "exec",
    "printf",
    "exit",
    "until",
    "for",
    "do",
    "done",
    "then",
    "if",
    "fi",
    "!",
    "test",
    "[",
    "ln",
    "sleep",
}
"""Of the shell itself, or of every image that has one."""


def commands(words: Sequence[str]) -> Iterator[str]:
    """The commands of an argument list; of a shell's script those at the beginning of each step."""
    yield words[0]
    if words[0] in ("sh", "bash", "/bin/sh") and words[1].startswith("-"):
        for step in re.split(r"&&|\|\|?|;|\n", re.sub(r"'[^']*'", "''", words[2])):
            steps = step.split()
            while steps and steps[0] in BUILT_IN:
                steps = steps[1:] if steps[0] in ("do", "then", "until", "!", "exec") else []
            if steps and not re.match(r"\d*[<>]", steps[0]):
                yield steps[0]


def asked() -> Iterator[tuple[str, str]]:
    """Each command that a health check or an entry point wants of an image."""
    for name, part in SHAPED.items():
        health, service = part.app.service(part.service).health, service_of(name)
        for words in filter(None, (health and health.command, service.get("entrypoint"))):
            yield from ((name, command) for command in commands(words))


@pytest.mark.parametrize(("name", "command"), sorted(set(asked())))
def test_an_image_has_the_commands_that_it_is_asked_for(name: str, command: str) -> None:
    image = SHAPED[name].contract.image

    assert image
    assert command.removeprefix("/bin/") in image.commands


@pytest.mark.parametrize("name", SHAPED)
def test_a_record_gives_a_first_start_the_time_that_its_contract_says(name: str) -> None:
    app, image = SHAPED[name].app, SHAPED[name].contract.image
    health = app.service(SHAPED[name].service).health

    assert image
    assert 0 < image.first_start_seconds <= app.ready_seconds
    assert health is None or health.start_seconds >= image.first_start_seconds


def test_every_double_is_made_by_what_its_contract_says_of_the_image() -> None:
    assert SHAPED.keys() == {
        part.name
        for name in RELEASES
        for part in parts(RELEASES[name].app, definition(name))
        if isinstance(part, Double)
    }


def test_grafana_does_not_fit_into_the_memory_that_it_had(tmp_path: Path) -> None:
    service = service_of("grafana/grafana") | {"mem_limit": "512m"}

    assert refusals(tmp_path, "grafana/grafana", service) == ["it holds 600 MB, and the container has 512 MB"]


# What a program does while it runs


def test_alloy_drops_a_line_after_ten_tries_unless_it_is_told_to_try_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    class Session(requests.Session):
        def post(self, *_: object, **__: object) -> requests.Response:
            if sum(waited) > 20 * 60:
                return accepted
            raise requests.ConnectionError

    accepted = requests.Response()
    accepted.status_code = 204
    monkeypatch.setattr(journal.time, "sleep", waited.append)
    monkeypatch.setattr(journal, "TOLD", Counter(sent=0, dropped=0))
    ours = (ROOT / "files/alloy/config.alloy").read_text()
    before = re.sub(r".*max_backoff_.*\n", "", ours)

    assert not journal.send(Session(), "http://loki", {}, journal.tries(before))
    assert (len(waited), sum(waited) < 9 * 60) == (10, True)
    waited.clear()
    assert journal.send(Session(), "http://loki", {}, journal.tries(ours))
    assert max(waited) == 30
    assert journal.series() == ["loki_write_sent_entries_total 1", "loki_write_dropped_entries_total 1"]


@pytest.mark.parametrize("folder", ["", "memory/"])
def test_cadvisor_measures_the_groups_that_it_is_to_look_for(tmp_path: Path, folder: str) -> None:
    for group in ("docker/0af", "system.slice/docker-1bf.scope", "system.slice/ssh.service"):
        (tmp_path / folder / group).mkdir(parents=True)

    def found(prefixes: str) -> list[str]:
        return re.findall(r'last_seen\{id="(.*?)"', "\n".join(Containers(prefixes, tmp_path).series()))

    assert found("/system.slice/docker-,/docker/") == ["/", "/docker/0af", "/system.slice/docker-1bf.scope"]
    assert found("/docker/") == ["/", "/docker/0af"]
    assert found("") == ["/"]


def test_grafana_loses_a_data_source_at_its_second_start_unless_plugins_stay_as_they_are(
    tmp_path: Path,
) -> None:
    ours, before = {"GF_PLUGINS_PREINSTALL_AUTO_UPDATE": "false"}, dict[str, str]()

    def found(env: Mapping[str, str]) -> set[int]:
        web = Flask("grafana")
        Plugins(env, tmp_path / "started").attach(web)
        return {
            web.test_client().get(f"/public/plugins/{name}/plugin.json").status_code
            for name in ("prometheus", "loki")
        }

    assert found(before) == {200}
    assert found(before) == {200, 404}
    assert found(ours) == {200}


def test_loki_may_not_hold_more_than_its_container_has(tmp_path: Path) -> None:
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/memory.max").write_text(f"{1024 * 1024**2}\n")
    ours = {CHUNKS: "64", RESULTS: "16", CEILING: "400MB"}

    assert memory_problems(ours, tmp_path) == []
    assert memory_problems({}, tmp_path) == [
        "caches and replay may take 4796 MB, and the container has 1024 MB"
    ]


@pytest.mark.parametrize(("deletes", "status"), [(True, 204), (False, 403)])
def test_loki_deletes_for_everybody_unless_it_is_told_not_to(deletes: bool, status: int) -> None:
    web = Flask("loki")
    Lines(deletes=deletes).attach(web)

    assert web.test_client().post("/loki/api/v1/delete").status_code == status


def test_the_agent_of_zabbix_asks_a_server_of_its_images_own_unless_it_is_given_one() -> None:
    entry = ROOT / "lab/images/zabbix-agent/docker-entrypoint.sh"
    env = {"PATH": os.environ["PATH"], "ZBX_HOSTNAME": "a", "ZBX_ACTIVESERVERS": "127.0.0.1"}

    done = subprocess.run(["sh", entry], env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "cannot resolve [zabbix-server]\n")


class Leantime:
    """The double over one row of its table, with or without what files/leantime/passwords.sql makes of it."""

    def __init__(self, *, closed: bool) -> None:
        self.closed, self.row = closed, dict[str, str]()
        web = Flask("leantime")
        web.secret_key = os.urandom(8)
        Accounts(self.ask, "/oidc/callback").attach(web)
        web.add_url_rule("/oidc/callback", "callback", lambda: {"email": "alice@guild.test"})
        self.browser = web.test_client()
        self.browser.get("/oidc/callback")

    def ask(self, statement: str, values: Sequence[str]) -> list[tuple[str]]:
        changed: dict[str, str] = {}
        if statement == NEW:
            changed = {"password": values[1]}
        elif statement == LINK:
            changed = {"link": values[0]}
        elif statement == OWN or (statement == BY_LINK and values[1] == self.row.get("link")):
            changed = {"password": values[0]}
        self.row |= dict.fromkeys(changed, "") if self.closed else changed
        return [(self.row["password"],)] if statement == KNOWN else []

    def posted(self, path: str, **form: str) -> bool:
        return self.browser.post(path, data=form).status_code == 200

    def entered(self, password: str) -> bool:
        return self.posted("/auth/login", username="alice@guild.test", password=password)


def test_leantime_takes_the_empty_password_of_who_came_by_the_identity_provider_unless_none_is_kept() -> None:
    """Rows are the database's to change, by triggers: tests/cli/test_real_leantime.py, and in the lab."""
    before, ours = Leantime(closed=False), Leantime(closed=True)

    assert (before.entered(""), before.entered("guessed")) == (True, False)
    assert (ours.entered(""), ours.entered("guessed")) == (False, False)


@pytest.mark.parametrize("closed", [False, True])
def test_leantimes_ways_to_a_new_password_lead_past_the_identity_provider_unless_they_are_closed(
    closed: bool,
) -> None:
    by_link, by_profile = Leantime(closed=closed), Leantime(closed=closed)

    assert by_link.posted("/auth/resetPw/", username="alice@guild.test")
    by_link.posted(f"/auth/resetPw/{by_link.row['link'] or 'guessed'}", password="chosen")  # noqa: S106
    by_profile.posted("/users/editOwn", currentPassword="", newPassword="chosen")

    assert by_link.entered("chosen") is by_profile.entered("chosen") is not closed


def test_leantime_believes_whoever_answers_to_the_identity_providers_name(tmp_path: Path) -> None:
    service = service_of("leantime/leantime")
    name, address = service.pop("extra_hosts")[0].split(":")
    refused = [f"{name} is not verified, and no private address of its is in /etc/hosts"]

    assert refusals(tmp_path / "none", "leantime/leantime", service) == refused
    service["extra_hosts"] = [f"{name}:8.8.8.8"]
    assert refusals(tmp_path / "public", "leantime/leantime", service) == refused
    service["extra_hosts"] = [f"{name}:{address}"]
    assert refusals(tmp_path / "private", "leantime/leantime", service) == []


@pytest.mark.parametrize(("limit", "taken"), [("", 1_000_000), ("262144000", 262_144_000)])
def test_outline_takes_a_file_up_to_its_limit_and_that_is_a_megabyte_by_itself(
    limit: str, taken: int
) -> None:
    web = Flask("outline")
    Uploads({"FILE_STORAGE_UPLOAD_MAX_SIZE": limit}).attach(web)

    def asked(size: int) -> int:
        return web.test_client().post("/api/attachments.create", json={"size": size}).status_code

    assert (asked(taken), asked(taken + 1)) == (200, 400)


HOOK = "hooks/before-starting/10-settings.sh"


@pytest.mark.parametrize(
    ("hook", "kept", "starts"),
    [
        ("php /var/www/html/occ app:install --keep-disabled onlyoffice", "user_oidc", False),
        (HOOK, "user_oidc", True),
        (HOOK, "", False),
    ],
)
def test_without_an_app_store_nextcloud_starts_if_it_has_its_login(
    hook: str, kept: str, starts: bool, tmp_path: Path
) -> None:
    """The connector may be missing; a first start without a login is none."""
    folder = tmp_path / "html"
    (folder / "config").mkdir(parents=True)
    double = (ROOT / "lab/images/nextcloud/php").read_text().replace("/var/www/html", str(folder))
    (tmp_path / "php").write_text(double.replace("#!/usr/bin/python3", f"#!{sys.executable}"))
    (tmp_path / "php").chmod(0o755)
    state = {"OCC_APPS": kept, "OCC_USER_OIDC_ALLOW_MULTIPLE_USER_BACKENDS": "0"} if kept else {}
    (folder / "occ.env").write_text("".join(f"export {name}={value}\n" for name, value in state.items()))
    (tmp_path / "given.php").write_text("jwt_secret")
    text = RELEASES["nextcloud"].files[HOOK].decode() if hook == HOOK else hook
    places = ("/usr/src/guildhall.config.php", "/usr/src/nextcloud/config/storage.config.php")
    for real, own in (*((place, "given.php") for place in places), ("/var/www/html", str(folder))):
        text = text.replace(real, own)
    client = {"OIDC_CLIENT_ID": "n", "OIDC_CLIENT_SECRET": "s", "OIDC_DISCOVERY_URI": "https://i/"}
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DOUBLE_APP_STORE": "away", **client}

    done = subprocess.run(
        ["sh", "-c", text],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "it was not found on the appstore" in done.stderr
    assert (done.returncode == 0) == starts


@pytest.mark.parametrize(
    ("hook", "mode", "code", "said"),
    [
        ("exit 1", 0o755, 1, "failed at "),
        ("exit 1", 0o644, 0, "lacks the executable flag\nstarted\n"),
        ("exit 0", 0o755, 0, "started\n"),
    ],
)
def test_a_hook_that_fails_keeps_nextcloud_from_starting(
    hook: str, mode: int, code: int, said: str, tmp_path: Path
) -> None:
    """docker-entrypoint.sh of nextcloud/docker, run_path; here without the change of user."""
    entry = (ROOT / "lab/images/nextcloud/entrypoint.sh").read_text().partition("\nversion=")[0]
    program = entry.replace("/docker-entrypoint-hooks.d", str(tmp_path))
    program += '\nas_user() { sh -c "$1"; }\nrun_path before-starting\necho started\n'
    (tmp_path / "before-starting").mkdir()
    script = tmp_path / "before-starting/10-settings.sh"
    script.write_text(f"#!/bin/sh\n{hook}\n")
    script.chmod(mode)

    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, said in done.stdout) == (code, True)
    assert ("started" in done.stdout) == (code == 0)


def test_a_double_gets_the_accounts_and_folders_of_its_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners: dict[str, tuple[int, int]] = {}
    monkeypatch.setattr(
        "lab.doubles.shape.os.chown", lambda path, uid, gid: owners.update({path.name: (uid, gid)})
    )
    image = Image(
        user="0:0", accounts=("alloy:473:473:/home/alloy",), folders={"/var/lib/alloy": "473:473 770"}
    )

    make(image, tmp_path)
    make(image, tmp_path)

    assert (tmp_path / "etc/passwd").read_text() == "alloy:x:473:473::/home/alloy:/usr/sbin/nologin\n"
    assert owners == {"alloy": (473, 473)}
    assert (tmp_path / "var/lib/alloy").stat().st_mode & 0o777 == 0o770


# Variables, as they were


@pytest.mark.parametrize(
    ("contract", "name", "was"),
    [
        ("n8n", "N8N_SMTP_SSL", "false"),
        ("n8n", "WEBHOOK_URL", "https://n8n.example.cc/"),
        ("outline", "SMTP_SECURE", "false"),
        ("outline", "FILE_STORAGE_UPLOAD_MAX_SIZE", ""),
        ("leantime", "LEAN_EMAIL_SMTP_SECURE", "STARTTLS"),
        ("nextcloud", "SMTP_SECURE", ""),
        ("decidim", "DATABASE_URL", "postgresql:///decidim"),
        ("decidim", "DECIDIM_SYSTEM_ACCESSLIST_IPS", ""),
        ("espocrm", "ESPO_smtpServer", "smtp.example.org"),
        ("espocrm", "ESPO_oidcAuthorizationPrompt", "consent"),
        ("espocrm", "ESPO_account_smtpSecurity", "TLS"),
        ("grafana", "GF_SECRETS_MANAGER_ENCRYPTION_SECRET_KEY_V1_SECRET_KEY", "SW2YcwTIb9zpOOhoPsMm"),
        ("grafana", "GF_SNAPSHOTS_ENABLED", "true"),
    ],
)
def test_a_variable_as_it_was_is_refused(contract: str, name: str, was: str) -> None:
    assert name in {line.partition(":")[0] for line in environment.problems(load(contract), {name: was})}
