"""What the lab promises: bare hosts, real services, faults on demand, and coming up again after anything."""

import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
import requests

from lab import engine, hosts, layout, lifecycle, services, ssh
from lab.errors import LabError
from tests.lab.managed import stored
from tests.lab.running import BIN

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab")]
VERIFIED = "sslmode=verify-full sslrootcert=/etc/ssl/certs/ca-certificates.crt"


def on(host: str, command: str) -> str:
    """What a command prints on a host, over ssh; AssertionError with its complaint if it fails."""
    done = subprocess.run(ssh.argv(hosts.find(host), [command]), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def psql(statement: str, tls: str = VERIFIED, database: str = "postgres") -> str:
    target = f"host={layout.POSTGRES_HOST} user={layout.POSTGRES_USER} dbname={database} {tls}"
    return services.run(
        "postgres", "env", f"PGPASSWORD={layout.POSTGRES_PASSWORD}", "psql", target, "-Atc", statement
    )


def answers(port: int) -> bool:
    """Whether something behind a port of this machine says or takes a word, not only the engine's proxy."""
    try:
        with socket.create_connection((layout.LOOPBACK, port), timeout=2) as line:
            line.settimeout(2)
            return bool(line.recv(1))
    except OSError:
        return False


@pytest.fixture(scope="module")
def bare(lab: object) -> Iterator[Callable[[str], str]]:
    """Runs a command on a host that belongs to no site and returns what it prints."""
    outer = engine.connect()
    hosts.fresh(hosts.BARE)
    yield lambda command: outer.docker("exec", hosts.BARE, "sh", "-c", command)
    hosts.remove(outer, hosts.BARE)


@pytest.mark.parametrize("host", [host.name for host in layout.HOSTS])
def test_a_host_is_reached_over_ssh_by_the_key_that_known_hosts_names(host: str) -> None:
    assert on(host, "hostname; id -u; ps -o comm= 1").split() == [host, "0", "systemd"]


def test_a_fresh_host_is_bare_and_healthy(bare: Callable[[str], str]) -> None:
    assert bare("command -v docker || echo none; ls /opt; systemctl --failed --quiet | wc -l") == "none\n0"


def test_a_host_cannot_move_the_clock_of_the_machine(bare: Callable[[str], str]) -> None:
    assert bare("date -s '+1 hour' >/dev/null 2>&1 || echo refused") == "refused"


def test_hosts_know_the_names_of_the_lab_and_of_the_world(bare: Callable[[str], str]) -> None:
    names = ("wiki.guild.test", "gateway.guild.test", "grafana.hall.test", "s3.cloud.test")
    found = [bare(f"getent ahostsv4 {name}").split()[0] for name in names]
    assert found == ["10.0.0.3", "10.0.0.2", "10.0.0.5", "10.0.0.10"]
    assert bare("apt-get update -qq && apt-cache policy docker.io | grep Candidate")


def test_the_command_line_carries_a_hosts_words_and_exit_code() -> None:
    words = (layout.TOOLS.name, "echo", "'a  b';", "exit", "3")
    argv = [str(BIN / "guildhall"), "lab", "ssh", *words]
    done = subprocess.run(argv, cwd=layout.ROOT, capture_output=True, check=False)
    assert (done.stdout, done.returncode) == (b"a  b\n", 3)


def test_the_database_takes_its_admin_only_over_tls() -> None:
    assert (
        psql("select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user")
        == "f|t|t"
    )
    with pytest.raises(LabError, match="no encryption"):
        psql("select 1", tls="sslmode=disable")


def test_the_databases_owner_may_add_the_extensions_that_the_apps_want() -> None:
    psql("create database lab_probe")
    try:
        for extension in ("pg_trgm", "unaccent", "uuid-ossp", "ltree"):
            psql(f'create extension "{extension}"', database="lab_probe")
    finally:
        psql("drop database lab_probe")


def test_the_registry_and_the_object_storage_show_certificates_of_the_lab_on_this_machine() -> None:
    for url in (f"https://{layout.REGISTRY_LOCAL}/v2/", layout.S3_LOCAL):
        requests.get(url, verify=str(layout.CA_PEM), timeout=5)


SEND = f"""
import smtplib, ssl, sys
where = "{layout.SMTP_HOST}", {layout.SMTP_PORT}
with smtplib.SMTP_SSL(*where, context=ssl.create_default_context()) as server:
    for user, password in zip(sys.argv[2::2], sys.argv[3::2]):
        try:
            server.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            print(error.smtp_code)
        else:
            server.sendmail("from@guild.test", [sys.argv[1]], "Subject: news\\n\\nbody")
"""


def sent(to: str, *accounts: tuple[str, str]) -> str:
    """What the server says to those accounts, one after the other, that it does not let in."""
    return services.run("smtp", "python3", "-c", SEND, to, *chain.from_iterable(accounts))


def test_mail_is_taken_after_tls_and_login_and_then_shown_as_json() -> None:
    to, own = f"{uuid.uuid4().hex}@guild.test", stored("outline")

    assert sent(to, (own["SMTP_USERNAME"], own["SMTP_PASSWORD"])) == ""
    mails = requests.get(layout.MAILS_LOCAL, timeout=5).json()
    [mail] = [mail for mail in mails if mail["X-RcptTo"] == to]
    assert (mail["Subject"], mail["body"].strip()) == ("news", "body")
    assert mail["X-Account"] == "guildhall lab outline mail"


def test_only_keys_that_may_send_mail_open_the_mail_server() -> None:
    own = stored("outline")
    wrong = [
        (own["SMTP_USERNAME"], own["S3_SECRET_KEY"]),
        (own["SMTP_USERNAME"], layout.SMTP_PASSWORD),
        ("outline", own["SMTP_PASSWORD"]),
        (own["SMTP_USERNAME"], ""),
    ]

    assert sent("nobody@guild.test", *wrong).split() == ["535"] * len(wrong)


def test_mail_is_refused_before_login() -> None:
    send = f"""
import smtplib, ssl
where = "{layout.SMTP_HOST}", {layout.SMTP_PORT}
with smtplib.SMTP_SSL(*where, context=ssl.create_default_context()) as server:
    server.ehlo()
    print(server.docmd("MAIL FROM:<from@guild.test>")[0])
"""
    assert services.run("smtp", "python3", "-c", send) == "530"


def test_no_certificate_is_issued_to_a_host_that_the_name_does_not_lead_to(
    bare: Callable[[str], str],
) -> None:
    bare("apt-get update -qq && apt-get install -y -qq lego >/dev/null 2>&1")
    order = f"lego --server {layout.ACME_DIRECTORY} --accept-tos --email a@guild.test --http"
    refusal = bare(f"cd /root && {order} --domains wiki.guild.test run 2>&1 || true")
    assert "acme:error:" in refusal
    assert not bare("ls /root/.lego/certificates")


def test_a_stopped_service_is_gone_and_a_started_one_answers() -> None:
    services.stop("smtp")
    with pytest.raises(requests.RequestException):
        requests.get(layout.MAILS_LOCAL, timeout=2)
    services.start("smtp")
    assert requests.get(layout.MAILS_LOCAL, timeout=2).ok


def test_up_keeps_what_runs_and_wakes_a_frozen_host() -> None:
    before = _started()
    hosts.pause(layout.AUTHENTIK.name)
    assert not answers(layout.AUTHENTIK.ssh)
    lifecycle.up()
    assert answers(layout.AUTHENTIK.ssh)
    assert _started() == before


def test_another_checkout_is_refused_and_told_whose_lab_is_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    owner = str(layout.ROOT)
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    for command in (lifecycle.up, lifecycle.down):
        with pytest.raises(LabError, match=f"the lab of {owner} is up"):
            command()


def _started() -> dict[str, str]:
    outer = engine.connect()
    names = (*(host.name for host in layout.HOSTS), layout.CLOUD)
    return {name: outer.docker("inspect", "--format", "{{.State.StartedAt}}", name) for name in names}
