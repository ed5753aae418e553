"""What Zabbix shall have, how it differs from what is there, and the calls between them."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tasks.secrets import Sensitive
from tasks.zabbix import operation, silent, told, unlike, wanted
from tasks.zabbix.kinds import KINDS, OLD_ACTION, QUESTIONS
from tasks.zabbix.operation import PROGRAM, ROUNDS, converged, question
from tasks.zabbix.state import calls, differences
from tests.support.operations import Answer, FakeHost, commands, done, on
from tests.support.site import app
from tests.support.zabbix import Zabbix, answered

ZABBIX = app("zabbix")
MAIL = {"SMTP_USERNAME": Sensitive("account"), "SMTP_PASSWORD": Sensitive("a\"b\\c $x 'z' canary")}


def things(site: Site) -> Any:
    return wanted(ZABBIX, APPS, site, MAIL)


def made(site: Site, zabbix: Zabbix) -> list[list[str]]:
    """Round after round, the methods that were called until nothing differs."""
    rounds = []
    while now := calls(differences(things(site), zabbix.found), zabbix.found):
        rounds.append([call[0] for _, call in now])
        for _, (method, params) in now:
            zabbix.call(method, json.loads(json.dumps(params)))
    return rounds


@pytest.fixture
def zabbix(site: Site) -> Zabbix:
    """One that has all that the records say."""
    zabbix = Zabbix()
    made(site, zabbix)
    return zabbix


def params(site: Site, zabbix: Zabbix) -> dict[str, Any]:
    """What it is told next, by method and name."""
    now = calls(differences(things(site), zabbix.found), zabbix.found)
    return {f"{call[0]} {difference.label}": call[1] for difference, call in now}


def test_a_zabbix_with_nothing_but_its_schema_becomes_what_the_records_say_in_few_rounds(site: Site) -> None:
    zabbix = Zabbix()
    rounds = made(site, zabbix)

    assert len(rounds) <= ROUNDS - 1
    assert "hostgroup.create" in rounds[0]
    assert [each for each in rounds if "host.create" in each] == [rounds[1]]
    assert unlike(things(site), zabbix.found) == []
    assert made(site, zabbix) == []


def test_each_server_with_an_agent_is_a_host_with_the_template_for_agents_that_report(
    site: Site, zabbix: Zabbix
) -> None:
    hosts = zabbix.found.things["host"]
    (group,), (template,) = zabbix.things["hostgroup"], zabbix.things["template"]

    assert {each.name for each in site.hosts} | {"Pages", "Zabbix server"} == hosts.keys()
    for each in site.hosts:
        host = hosts[each.name]
        assert (host["status"], host["groups"]) == ("0", [{"groupid": group}])
        assert host["templates"] == [{"templateid": template}]
    assert hosts["Zabbix server"]["status"] == "1"


def test_each_public_name_has_a_web_scenario_and_a_trigger_of_its_own(site: Site, zabbix: Zabbix) -> None:
    names = {each.address for each in views.probes(APPS, site)}
    scenarios, triggers = zabbix.found.things["httptest"], zabbix.found.things["trigger"]

    assert {each["steps"][0]["url"] for each in scenarios.values()} == names
    assert {each["hostid"] for each in scenarios.values()} == {zabbix.found.things["host"]["Pages"]["hostid"]}
    assert {each["expression"] for each in triggers.values()} == {
        f"min(/Pages/web.test.fail[{name}],15m)>0" for name in scenarios
    }


def test_problems_are_mailed_over_verified_tls_with_a_link_that_a_person_can_open(
    site: Site, zabbix: Zabbix
) -> None:
    mail, person = zabbix.things["mediatype"].popitem()[1], zabbix.things["user"].popitem()[1]
    action = zabbix.found.things["action"]["Mail of the catalogue"]
    message = action["operations"][0]["opmessage"]

    assert (mail["smtp_server"], mail["smtp_port"], mail["smtp_helo"]) == (
        "smtp.example.net",
        "465",
        "example.org",
    )
    assert (mail["smtp_security"], mail["smtp_verify_peer"], mail["smtp_verify_host"]) == ("2", "1", "1")
    assert (mail["username"], mail["passwd"]) == ("account", MAIL["SMTP_PASSWORD"].reveal())
    assert person["medias"][0]["sendto"] == ["alerts@example.org"]
    assert message["mediatypeid"] == mail["mediatypeid"] == person["medias"][0]["mediatypeid"]
    assert "https://zabbix.example.cc/tr_events.php?triggerid={TRIGGER.ID}" in message["message"]


def test_who_may_log_in_looks_and_administrators_do_everything(site: Site, zabbix: Zabbix) -> None:
    found = zabbix.found.things
    (login,), groups = found["userdirectory"].values(), found["usergroup"]
    admins, members = login["provision_groups"]

    assert login["idp_entityid"] == "https://gateway.example.org/application/saml/zabbix/metadata/"
    assert (admins["name"], members["name"]) == ("authentik Admins", "zabbix")
    assert admins["roleid"] == found["role"]["Super admin role"]["roleid"]
    assert members["user_groups"] == [{"usrgrpid": groups["Members"]["usrgrpid"]}]
    assert zabbix.once["disabled_usrgrpid"] == groups["Disabled"]["usrgrpid"]


def lacking(wanted: Any, answer: Any) -> list[str]:
    """Fields that an answer does not have; of lists the first element."""
    if isinstance(wanted, dict):
        gone = [name for name in wanted if name not in answer]
        return gone + [each for name in wanted.keys() - gone for each in lacking(wanted[name], answer[name])]
    return lacking(wanted[0], answer[0]) if isinstance(wanted, list) and wanted else []


def test_all_that_is_compared_is_in_the_answers_of_a_real_zabbix(site: Site) -> None:
    for thing in things(site):
        names = KINDS[thing.kind].answers
        answer = {names.get(name, name): value for name, value in answered()[thing.kind].items()}

        assert lacking(thing.fields, answer) == []
        assert KINDS[thing.kind].id in ("", *answer)


@pytest.mark.parametrize(
    ("kind", "name", "field", "value", "said"),
    [
        (
            "httptest",
            "wiki.example.org",
            "retries",
            "1",
            "web scenario: wiki.example.org: differs in retries",
        ),
        ("host", "tools-prod", "status", "1", "host: tools-prod: differs in status"),
        ("host", "tools-prod", "templates", [], "host: tools-prod: differs in templates"),
        ("mediatype", "Email", "passwd", "another", "media type: Email: differs in passwd"),
        ("mediatype", "Email", "smtp_verify_peer", "0", "media type: Email: differs in smtp_verify_peer"),
        ("user", "Admin", "medias", [], "account: Admin: differs in medias"),
        ("userdirectory", "2", "sso_url", "https://evil", "login: SAML: differs in sso_url"),
        (
            "trigger",
            "wiki.example.org cannot be opened",
            "priority",
            "1",
            "trigger: wiki.example.org cannot be opened: differs in priority",
        ),
    ],
)
def test_what_somebody_changed_is_said_and_set_again_and_nothing_else(
    site: Site, zabbix: Zabbix, kind: str, name: str, field: str, value: Any, said: str
) -> None:
    number = zabbix.found.things[kind][name][KINDS[kind].id]
    right = zabbix.things[kind][number][field]
    zabbix.things[kind][number][field] = value

    assert unlike(things(site), zabbix.found) == [said]
    ((method, told),) = params(site, zabbix).items()
    assert (method.split()[0], told.keys()) == (f"{kind}.update", {KINDS[kind].id, field})
    assert made(site, zabbix) == [[f"{kind}.update"]]
    assert zabbix.things[kind][number][field] == right


def test_what_no_record_wants_any_more_goes_and_what_is_somebody_elses_stays(
    site: Site, zabbix: Zabbix
) -> None:
    (group,) = zabbix.things["hostgroup"]
    zabbix.call("host.create", {"host": "old-server", "status": 0, "groups": [{"groupid": group}]})
    zabbix.call("host.create", {"host": "printer", "status": 0, "groups": [{"groupid": "2"}]})
    zabbix.call("action.create", {"name": OLD_ACTION})
    zabbix.call("action.create", {"name": "Somebody's"})
    pages = zabbix.found.things["host"]["Pages"]["hostid"]
    zabbix.call("httptest.create", {"name": "old.example.org", "hostid": pages})
    zabbix.call("httptest.create", {"name": "elsewhere", "hostid": "1"})

    assert unlike(things(site), zabbix.found) == [
        "web scenario: old.example.org: in no record",
        "host: old-server: in no record",
        f"action: {OLD_ACTION}: in no record",
    ]
    assert made(site, zabbix) == [["httptest.delete", "host.delete", "action.delete"]]
    assert {"printer"} <= zabbix.found.things["host"].keys()
    assert {"Somebody's"} <= zabbix.found.things["action"].keys()
    assert "elsewhere" in [each["name"] for each in zabbix.things["httptest"].values()]


def test_a_new_server_and_an_app_that_is_retired_follow_from_the_records(site: Site, zabbix: Zabbix) -> None:
    new = replace(site, hosts=(*site.hosts, replace(site.hosts[0], name="tools-2", private_ip="10.0.0.4")))
    apps = tuple(replace(each, present=each.name != "n8n") for each in APPS)

    assert unlike(wanted(ZABBIX, apps, new, MAIL), zabbix.found) == [
        "host: tools-2: missing",
        "web scenario: n8n.example.cc: in no record",
    ]


def test_a_host_that_came_with_the_schema_is_not_missed(site: Site, zabbix: Zabbix) -> None:
    zabbix.call("host.delete", [zabbix.found.things["host"]["Zabbix server"]["hostid"]])

    assert unlike(things(site), zabbix.found) == []


def test_agents_that_are_not_heard_of_are_named(zabbix: Zabbix) -> None:
    for each, says in zip(zabbix.things["host"].values(), "01210", strict=True):
        each["active_available"] = says
    heard = {name for name, each in zabbix.found.things["host"].items() if each["active_available"] == "1"}

    assert silent(zabbix.found.things["host"], zabbix.found) == [
        name for name in zabbix.found.things["host"] if name not in heard
    ]
    assert silent(["nobody"], zabbix.found) == ["nobody"]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "it does not run"),
        (["Welcome", '{"problem": "Admin cannot log in"}'], "Admin cannot log in"),
        (["Welcome"], "what it says is damaged"),
        (['{"errors": [], "answers": [[]]}'], "what it says is damaged"),
        (["[]"], "what it says is damaged"),
        (['{"answers": []}'], "what it says is damaged"),
    ],
)
def test_an_answer_that_is_none_is_a_problem(lines: list[str], problem: str) -> None:
    assert told(lines).problem == problem


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What is said that is wrong."""
    said = Mock()
    monkeypatch.setattr(operation.logger, "error", said)
    return said


def host_that(*answers: Answer) -> FakeHost:
    return FakeHost(data=SimpleNamespace(), answers=list(answers))


def run(host: FakeHost, site: Site) -> list[Any]:
    return commands(converged, here=[(ZABBIX, things(site))])


def test_a_zabbix_as_it_should_be_is_asked_once_and_told_nothing(site: Site, zabbix: Zabbix) -> None:
    host = host_that(Answer(stdout_lines=zabbix.answer()))
    with on(host, executing=False):
        assert run(host, site) == []

    assert (host.said, [given for _, given in host.ran]) == ([], [""])


def test_where_none_runs_nobody_is_asked() -> None:
    host = host_that()
    with on(host):
        assert commands(converged, here=[]) == []
    assert host.ran == []


def test_a_plan_says_what_differs_and_a_deploy_makes_it_round_by_round(site: Site) -> None:
    zabbix, host = Zabbix(), host_that()

    def answer(_: object, *, _stdin: str, **__: object) -> tuple[bool, Answer]:
        calls = json.loads(_stdin or "{}").get("calls", [])
        for method, params in calls:
            zabbix.call(method, params)
        said = {**json.loads(zabbix.answer()[0]), "errors": [""] * len(calls)}
        return True, Answer(stdout_lines=[json.dumps(said)])

    host.run_shell_command = answer  # type: ignore[method-assign, assignment]
    with on(host):
        [command] = run(host, site)

        assert "canary" not in f"{command.args} {host.said}"
        assert done(command, host)
    assert "zabbix: host: authentik-prod, management, tools-prod, Pages: missing" in host.said
    assert unlike(things(site), zabbix.found) == []


def test_a_call_that_is_refused_fails_the_deploy_and_is_named(
    site: Site, zabbix: Zabbix, errors: Mock
) -> None:
    before = zabbix.answer()
    zabbix.things["host"].popitem()
    refused = Answer(stdout_lines=[json.dumps({**json.loads(zabbix.answer()[0]), "errors": ["No rights."]})])
    host = host_that(Answer(stdout_lines=zabbix.answer()), refused)
    with on(host):
        [command] = run(host, site)

        assert not done(command, host)
    assert before != zabbix.answer()
    assert "is refused: No rights." in str(errors.mock_calls)


@pytest.mark.parametrize(("executing", "fails"), [(False, 0), (True, 1)])
def test_a_zabbix_that_lets_nobody_in_is_said_and_fails_a_deploy(
    site: Site, errors: Mock, *, executing: bool, fails: int
) -> None:
    host = host_that(Answer(stdout_lines=['{"problem": "Admin cannot log in: Incorrect user name."}']))
    with on(host, executing=executing):
        found = run(host, site)

        assert [done(each, host) for each in found] == [False] * fails
    assert "zabbix: cannot be asked: Admin cannot log in: Incorrect user name." in str(errors.mock_calls)


def test_a_plan_of_a_zabbix_that_is_yet_to_come_says_that_it_will_be_set(site: Site) -> None:
    host = host_that(Answer())
    with on(host, executing=False):
        assert len(run(host, site)) == 1

    assert host.said == ["zabbix: its hosts, pages, mails and logins are looked at once it runs"]


def test_the_question_is_the_same_each_time_and_holds_no_secret() -> None:
    assert question(ZABBIX) == question(ZABBIX)
    assert PROGRAM.read_text() in question(ZABBIX).replace("'\"'\"'", "'")
    assert all(method.endswith(".get") for method, _ in QUESTIONS)
