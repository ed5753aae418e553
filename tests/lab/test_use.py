"""Every program really used what it was given: its database, Redis, bucket and mail account."""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from catalogue import views
from lab import layout
from lab.cloud.outside import SILENT_SECONDS
from lab.doubles.contract import fill
from tasks.settings import ROOT
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import DOMAINS, DOUBLES, HERE, KNOWN, Placed, apps, everything, needing, record
from tests.lab.managed import as_superuser, mails, outside, s3, s3_of
from tests.lab.running import Lab, eventually, guildhall

pytestmark = pytest.mark.apps

KEEPING = [app.name for app in HERE if app.bucket]
MAILING = {app.name for app in KNOWN if app.mail} & set(apps(DOUBLES))
"""The apps with mail of which a double is a part; of real programs, those that mail have a test each."""


@pytest.fixture(scope="module")
def placed(lab: Lab, site: FirstRuns) -> dict[str, Placed]:
    return everything(lab)


def hostname(at: Placed) -> str:
    """What a container calls itself."""
    return str(at.container["Config"]["Hostname"])


def helper(at: Placed, kind: str, setting: str) -> str:
    """The container of the app's own service that a double uses, by the address it was given."""
    need = next(each for each in at.double.contract.needs if each.kind == kind)
    address = fill(need.settings[setting], at.part.environment)
    return f"{at.part.app.name}-{urlsplit(address).hostname or address}-1"


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", apps(needing("postgres")))
def test_a_row_of_the_app_is_in_its_own_database(name: str) -> None:
    role = views.role(record(name))
    owner = as_superuser("SELECT tableowner FROM pg_tables WHERE tablename = 'double_row'", role)

    assert (owner, as_superuser("SELECT count(*) FROM double_row", role)) == (role, "1")


@pytest.mark.parametrize("name", needing("mariadb"))
def test_a_row_of_the_app_is_in_the_mariadb_that_it_brings(
    lab: Lab, placed: Mapping[str, Placed], name: str
) -> None:
    database = helper(placed[name], "mariadb", "host")
    client = "MYSQL_PWD=$MARIADB_PASSWORD mariadb --user=$MARIADB_USER $MARIADB_DATABASE"
    rows = "echo 'SELECT count(*) FROM double_row'"
    found = lab.ssh(placed[name].host, f"{rows} | docker exec -i {database} sh -c '{client}'")

    assert found.split()[-1] == "1"


@pytest.mark.parametrize("name", needing("redis"))
def test_a_key_of_the_container_is_in_the_redis_of_its_app(
    lab: Lab, placed: Mapping[str, Placed], name: str
) -> None:
    at = placed[name]
    get = f"docker exec {helper(at, 'redis', 'url')} redis-cli get double:{hostname(at)}"

    assert lab.ssh(at.host, get) == "here\n"


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", apps(needing("s3")))
def test_an_object_that_the_app_has_just_put_is_in_its_bucket(name: str) -> None:
    bucket = f"guildhall-lab-{name}"
    found = s3().get_object(Bucket=bucket, Key="double/check.txt")

    assert found["Body"].read() == b"written by a double\n"
    assert datetime.now(UTC) - found["LastModified"] < timedelta(minutes=1)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", KEEPING)
def test_the_key_of_an_app_opens_its_own_bucket_and_nothing_else(name: str) -> None:
    client, own = s3_of(name), f"guildhall-lab-{name}"
    client.put_object(Bucket=own, Key="keys/check.txt", Body=b"own", ACL="private")
    assert client.get_object(Bucket=own, Key="keys/check.txt")["Body"].read() == b"own"
    assert client.list_objects_v2(Bucket=own)["KeyCount"]
    client.delete_object(Bucket=own, Key="keys/check.txt")

    version = s3().list_object_versions(Bucket=own, Prefix="keys/")["Versions"][0]["VersionId"]
    refused: list[tuple[str, dict[str, str]]] = [
        ("list_buckets", {}),
        ("create_bucket", {"Bucket": "guildhall-lab-another"}),
        ("get_bucket_policy", {"Bucket": own}),
        ("delete_bucket_policy", {"Bucket": own}),
        ("put_bucket_acl", {"Bucket": own, "ACL": "public-read"}),
        ("delete_object", {"Bucket": own, "Key": "keys/check.txt", "VersionId": version}),
        *(
            (call, {"Bucket": f"guildhall-lab-{other}", **more})
            for other in KEEPING
            if other != name
            for call, more in (
                ("list_objects_v2", {}),
                ("get_object", {"Key": "double/check.txt"}),
                ("put_object", {"Key": "keys/check.txt"}),
                ("delete_object", {"Key": "double/check.txt"}),
            )
        ),
    ]
    for call, given in refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(client, call)(**given)


@pytest.mark.usefixtures("site")
def test_the_operators_key_is_on_no_host(lab: Lab) -> None:
    for host in layout.HOSTS:
        found = lab.ssh(host.name, f"grep -rlE '{layout.S3_ACCESS_KEY}|{layout.S3_SECRET_KEY}' /opt || true")
        assert found == ""


@pytest.mark.parametrize("name", apps(needing("smtp")))
def test_a_mail_of_a_container_of_the_app_has_arrived(placed: Mapping[str, Placed], name: str) -> None:
    senders = [hostname(placed[each]) for each in needing("smtp") if each.startswith(f"{name}/")]

    found = [mail for mail in mails() if mail["Subject"].endswith(tuple(senders))]
    assert {mail["X-Account"] for mail in found} == {f"guildhall lab {name} mail"}


def test_no_app_that_mails_is_left_out() -> None:
    assert set(apps(needing("smtp"))) == MAILING


def test_an_alert_is_mailed_and_posted(lab: Lab, placed: Mapping[str, Placed]) -> None:
    at, word = placed["alertmanager/alertmanager"], uuid.uuid4().hex
    amtool = "amtool --alertmanager.url=http://127.0.0.1:9093 alert add"
    said = f"--annotation=summary='{word} is down' --annotation=todo='Look there.'"
    # Of this name it is told at once.
    lab.ssh(at.host, f"docker exec {at.part.container} {amtool} alertname=Test host={word} {said}")
    found = eventually(lambda: [mail for mail in mails() if word in mail["Subject"] + mail["body"]])
    posted = eventually(lambda: [each for each in outside()["alerts"] if word in str(each)])

    assert found[0]["Subject"] == f"{word} is down"
    assert found[0]["To"] == "alerts@guild.test"
    assert "What to do: Look there." in found[0]["body"]
    assert f"Numbers: https://grafana.hall.test/d/hosts?var-host={word}" in found[0]["body"]
    assert found[0]["X-MailFrom"] == "guildhall@guild.test"
    assert found[0]["X-Account"] == "guildhall lab alertmanager mail"
    assert posted[0]["alerts"][0]["annotations"]["summary"] == f"{word} is down"


@pytest.mark.usefixtures("site")
def test_whoever_notices_silence_is_called_every_minute() -> None:
    eventually(lambda: outside()["calls"])

    assert outside()["silent_seconds"] < SILENT_SECONDS


@pytest.mark.usefixtures("site")
def test_a_silence_is_known_where_alerts_are_sent_from_until_it_is_ended() -> None:
    word = uuid.uuid4().hex
    made = guildhall(ROOT, "silence", "outline", "5m", "--because", f"it's {word}")
    ended = guildhall(ROOT, "silence", "outline", "--end")

    assert (made.code, ended.code) == (0, 0), made.output + ended.output
    assert made.line(word).startswith("outline   ")
    assert word not in ended


PAGES = {"output": ["hostid"], "filter": {"host": ["Pages"]}}


class Zabbix:
    """Its API, asked inside its own container as the account that the deploy gave a password."""

    def __init__(self, lab: Lab, at: Placed) -> None:
        self.lab, self.at, self.token = lab, at, ""
        password = lab.ssh(at.host, f"docker exec {at.part.container} printenv ADMIN_PASSWORD").strip()
        self.token = self.ask("user.login", {"username": "Admin", "password": password})

    def ask(self, method: str, params: Any) -> Any:
        url = "http://127.0.0.1:8080/api_jsonrpc.php"
        headers = [f"Authorization: Bearer {self.token}"] * bool(self.token) + [
            "Content-Type: application/json-rpc"
        ]
        words = " ".join(f"-H '{each}'" for each in headers)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        curl = (
            f"docker exec -i {self.at.part.container} curl -fsS {words} --data @- {url} <<'END'\n{body}\nEND"
        )
        return json.loads(self.lab.ssh(self.at.host, curl)).get("result")


def test_zabbix_opens_each_public_address_for_alerts_of_its_own(
    lab: Lab, placed: Mapping[str, Placed]
) -> None:
    zabbix = Zabbix(lab, placed["zabbix/web"])
    wanted = {views.full_name(route, DOMAINS) for each in HERE for route in each.routes}
    asked = {"output": ["key_", "lastvalue", "lastclock"], "webitems": True, "host": "Pages"}

    def opened() -> set[str]:
        items = zabbix.ask("item.get", asked)
        keys = [
            each["key_"] for each in items if (each["lastvalue"], each["lastclock"] != "0") == ("0", True)
        ]
        return {re.split(r"[\[/\]]", key)[1] for key in keys if key.startswith("web.test.fail[")}

    assert eventually(opened, lambda found: found == wanted, 180)


def test_what_somebody_changes_in_zabbix_is_in_the_plan_and_a_deploy_sets_it_again(
    lab: Lab, placed: Mapping[str, Placed]
) -> None:
    zabbix, words = Zabbix(lab, placed["zabbix/web"]), ("--limit", "management", "--data", "app=zabbix")
    asked = {"output": ["name"], "hostids": [each["hostid"] for each in zabbix.ask("host.get", PAGES)]}
    first = zabbix.ask("httptest.get", asked)[0]
    zabbix.ask("httptest.update", {"httptestid": first["httptestid"], "retries": 5})
    plan = lab.deploy("management", "--dry", *words)
    done = lab.deploy("management", "-y", *words)
    again = lab.deploy("management", "--dry", *words)

    assert (plan.code, done.code, again.code) == (0, 0, 0), plan.output + done.output + again.output
    assert f"zabbix: web scenario: {first['name']}: differs in retries" in plan
    assert "differs" not in again


def test_a_problem_that_zabbix_sees_is_mailed(lab: Lab, placed: Mapping[str, Placed]) -> None:
    word, zabbix = uuid.uuid4().hex, Zabbix(lab, placed["zabbix/web"])
    (host,) = zabbix.ask("host.create", {"host": word, "groups": [{"groupid": "5"}]})["hostids"]
    item = {"hostid": host, "name": "x", "key_": "x", "type": 2, "value_type": 3}
    (number,) = zabbix.ask("item.create", item)["itemids"]
    trigger = {"description": word, "expression": f"last(/{word}/x)>0", "priority": 4}
    zabbix.ask("trigger.create", trigger)
    try:
        # The server takes values once it knows the item.
        eventually(
            lambda: "error" not in zabbix.ask("history.push", [{"itemid": number, "value": 1}])["data"][0]
        )
        found = eventually(lambda: [mail for mail in mails() if word in mail["Subject"] + mail["body"]])
    finally:
        zabbix.ask("host.delete", [host])

    assert found[0]["X-MailFrom"] == "guildhall@guild.test"
    assert found[0]["X-Account"] == "guildhall lab zabbix mail"
