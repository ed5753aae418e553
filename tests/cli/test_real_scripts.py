"""Scripts of hosts and containers that face real programs, with a shell function in the place of those."""

import json
import re
import subprocess
from pathlib import Path

from tasks.look import Watch
from tasks.run import Finding
from tasks.settings import ROOT
from tasks.verify.inside import by_kind
from tasks.verify.watching import watching

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


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


def test_the_first_password_of_zabbix_gives_way_to_ours_of_any_characters(tmp_path: Path) -> None:
    value = "a\"b\\c $x `y` 'z' %s canary"
    curl = """curl() {
      said=$(cat); printf '%s\n' "$said" >>asked; echo "$*" >>words
      case $said in
        *apiinfo*) echo '{"result":"7.0.31"}' ;;
        *user.login*canary*) [ ! -e changed ] || echo '{"result":"abc123"}' ;;
        *user.login*) echo '{"result":"def456"}' ;;
        *user.update*) touch changed; echo '{"result":true}' ;;
      esac
    }
    sleep() { :; }"""
    script = (ROOT / "files/zabbix/settings/password.sh").read_text()
    ran = shell(f"{curl}\n{script}", tmp_path, ADMIN_PASSWORD=value)
    asked = (tmp_path / "asked").read_text().splitlines()
    bodies = [json.loads(json.loads(line.removeprefix("data = "))) for line in asked if line[:4] == "data"]
    (change,) = (each["params"] for each in bodies if each["method"] == "user.update")

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "password: in place\n", "")
    assert change == {"userid": "1", "current_passwd": "zabbix", "passwd": value}
    assert asked[asked.index('header = "Authorization: Bearer def456"') + 1].count("user.update") == 1
    assert not re.search("canary|abc123|def456", (tmp_path / "words").read_text())


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
