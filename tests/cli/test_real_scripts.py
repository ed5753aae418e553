"""Scripts of hosts and containers that face real programs, with a shell function in the place of those."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tasks.look import Watch
from tasks.run import Finding
from tasks.settings import ROOT
from tasks.verify.inside import by_kind
from tasks.verify.watching import watching

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ANSWERS = """
  case $said in
    *user.login*) echo '{"result":"abc123"}' ;;
    *usergroup.get*) echo '{"result":[{"usrgrpid":"13"}]}' ;;
    *host.get*Pages*) echo '{"result":[{"hostid":"77"}]}' ;;
    *httptest.get*) echo '{"result":[{"httptestid":"4","name":"old.example.org"},
      {"httptestid":"5","name":"here.example.org\\/x"}]}' | tr -d '\n ' ;;
    *userdirectory.get* | *action.get* | *host.get*) echo '{"result":[]}' ;;
    *template.get*) echo '{"result":[{"templateid":"10343"}]}' ;;
    *mediatype.get*) echo '{"result":[{"mediatypeid":"1"}]}' ;;
    *) echo '{"result":true}' ;;
  esac"""


def shell(script: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", script],
        cwd=cwd,
        env={"PATH": PATH, **variables},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def _name(params: Any) -> str:
    return str(params.get("name", "")) if isinstance(params, dict) else ""


def asked_of_zabbix(tmp_path: Path, **variables: str) -> dict[str, Any]:
    """What the settings script asks Zabbix' API for: parameters by method, of the last call of each."""
    script = (ROOT / "files/zabbix/settings/settings.sh").read_text().replace("/settings/pages", "pages")
    (tmp_path / "pages").write_text("https://here.example.org/x\nhttps://new.example.org/\n")
    curl = (
        'curl() { said=$(cat); printf "%s\\n" "$said" | tr -d "\\n" >>asked; echo >>asked;' + ANSWERS + "\n}"
    )
    given = {
        "ADMIN_PASSWORD": "canary-admin",
        "IDENTITY_PROVIDER": "https://gateway.example.org",
        "CLIENT": "zabbix",
        "SMTP_HOST": "smtp.example.net",
        "SMTP_PORT": "465",
        "MAIL_FROM": "noreply@example.org",
        "MAIL_TO": "ops@example.org",
        "SMTP_USERNAME": "account",
        "SMTP_PASSWORD": "canary",
    }
    ran = shell(f"{curl}\n{script}", tmp_path, **given | variables)
    assert ran.returncode == 0, ran.stderr
    assert "canary" not in ran.stdout + ran.stderr
    calls = [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]
    return {
        f"{call['method']} {_name(call['params'])}".strip(): call["params"]
        for call in calls
        if call["params"]
    }


def test_zabbix_mails_problems_over_verified_tls(tmp_path: Path) -> None:
    asked = asked_of_zabbix(tmp_path)
    mail, person = asked["mediatype.update"], asked["user.update"]["medias"][0]
    action = asked["action.create Mail of the catalogue"]

    assert (mail["smtp_server"], mail["smtp_port"], mail["smtp_email"]) == (
        "smtp.example.net",
        "465",
        "noreply@example.org",
    )
    assert (mail["smtp_security"], mail["smtp_verify_peer"], mail["smtp_verify_host"]) == ("2", "1", "1")
    assert (mail["status"], mail["username"], mail["passwd"]) == ("0", "account", "canary")
    assert (person["sendto"], person["mediatypeid"]) == (["ops@example.org"], "1")
    assert (action["eventsource"], action["status"]) == ("0", "0")
    assert action["operations"][0]["opmessage_usr"] == [{"userid": "1"}]


def test_zabbix_asks_for_each_public_address_and_for_none_that_is_gone(tmp_path: Path) -> None:
    asked = asked_of_zabbix(tmp_path)
    made = [name for name in asked if name.startswith("httptest.create")]

    assert made == ["httptest.create new.example.org"]
    assert asked[made[0]]["hostid"] == "77"
    assert [step["url"] for step in asked[made[0]]["steps"]] == ["https://new.example.org"]
    assert asked["trigger.create"]["expression"] == "min(/Pages/web.test.fail[new.example.org],15m)>0"
    assert asked["httptest.delete"] == ["4"]


def test_a_password_of_any_characters_reaches_zabbix_as_it_is(tmp_path: Path) -> None:
    value = "a\"b\\c $x `y` 'z' %s"

    assert asked_of_zabbix(tmp_path, SMTP_PASSWORD=value)["mediatype.update"]["passwd"] == value


def told(tmp_path: Path, docker: str, systemctl: str = "", name: str = "containers") -> str | None:
    """What the host tells in a file after one look; None: no file."""
    file = tmp_path / f"{name}.prom"
    script = (ROOT / "files/host/containers.sh").read_text()
    script = script.replace("/var/lib/guildhall/metrics", str(tmp_path)).replace("/run/", f"{tmp_path}/")
    for program, does in (("docker", docker), ("systemctl", systemctl)):
        (tmp_path / program).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / program).chmod(0o755)
    shell(script.replace("sleep 20", "exit"), tmp_path, PATH=f"{tmp_path}:{PATH}")
    return file.read_text() if file.exists() else None


def test_a_host_tells_of_each_container_in_a_whole_file_that_everybody_may_read(tmp_path: Path) -> None:
    found = told(tmp_path, 'case $1 in ps) echo a; echo b ;; *) echo "m{} 1"; echo; echo "l{} 2" ;; esac')

    assert found == "l{} 2\nm{} 1\n"
    assert oct((tmp_path / "containers.prom").stat().st_mode)[-3:] == "644"


def test_when_a_container_started_is_told_in_seconds(tmp_path: Path) -> None:
    name = 'guildhall_container_started_seconds{app="n8n"}'
    found = told(tmp_path, f"case $1 in ps) echo a ;; *) echo '{name} 2026-11-27T10:00:00' ;; esac")

    assert found == f"{name} 1795773600\n"


def test_a_container_that_goes_meanwhile_hides_no_other(tmp_path: Path) -> None:
    found = told(
        tmp_path, 'case $1 in ps) echo a; echo b ;; *) echo "m{} 1"; echo "No such" >&2; exit 1 ;; esac'
    )

    assert found == "m{} 1\n"


def test_a_host_names_the_units_that_failed_and_says_whether_an_update_waits(tmp_path: Path) -> None:
    failed = r"""printf '%s loaded failed failed What it is\n' guildhall-boot.service 'srv-a\x2db.mount'"""

    assert told(tmp_path, "", failed, "units") == (
        'guildhall_unit_failed{unit="guildhall-boot.service"} 1\n'
        'guildhall_unit_failed{unit="srv-a\\\\x2db.mount"} 1\n'
        "guildhall_reboot_required 0\n"
    )
    (tmp_path / "reboot-required").touch()
    assert told(tmp_path, "", "", "units") == "guildhall_reboot_required 1\n"


def test_while_docker_does_not_answer_the_file_grows_old(tmp_path: Path) -> None:
    (tmp_path / "containers.prom").write_text("m{} 1\n")

    assert told(tmp_path, "exit 1") == "m{} 1\n"


LOOKED = """
docker() {
  case $* in
    'ps --filter label'*) printf '%s\\n' wiki-web-1 alloy-alloy-1 ;;
    'exec alloy-alloy-1 '*) return 126 ;;
    'exec wiki-web-1 '*) printf '%s' "$5" >printed ;;
    'inspect --format {{index'*) echo wiki ;;
  esac
}
curl() { printf '%s' "$*" >>asked; [ -z "$ANSWERS" ] || printf '%s\\n%s' "$ANSWERS" "$lines"; }
sleep() { :; }
date() { echo >>clock; echo $(($(wc -l <clock) * 5)); }
"""


def logged(tmp_path: Path, answers: str) -> Finding:
    """Verify's row of a line that it prints, from its script; `answers` is what Loki says before the line."""
    variables = {"HOST": "tools-prod", "LOGS": "http://10.0.0.5:3100", "TARGETS": "0", "WAIT": "90"}
    script = (ROOT / "files/verify/inside.sh").read_text()
    said = shell(LOOKED + script, tmp_path, ANSWERS=answers, **variables).stdout.splitlines()
    (row,) = watching("tools-prod", Watch(logs=variables["LOGS"]), by_kind(said))
    return row


def test_a_line_is_printed_by_the_first_container_that_can_and_found_by_its_app(tmp_path: Path) -> None:
    row = logged(tmp_path, '{"streams":')
    word = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", (tmp_path / "printed").read_text())

    assert word
    assert f'query={{host="tools-prod",app="wiki"}} |= "{word[0]}"' in (tmp_path / "asked").read_text()
    assert (row.passed, row.subject) == (True, "a new line of wiki"), row.detail


def test_a_line_that_is_not_there_in_time_is_said(tmp_path: Path) -> None:
    row = logged(tmp_path, "")

    assert (row.passed, "not there after" in row.detail) == (False, True)
