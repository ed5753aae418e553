"""Accounts of the mail server, asked of Scaleway's IAM: one for each app that mails, and only for mail."""

from pathlib import Path
from typing import Any

import pytest
from scaleway.iam.v1alpha1 import RuleSpecs

from catalogue import views
from cli import secrets as command
from cli.main import run
from lab.cloud.mail_accounts import account
from lab.cloud.scaleway_iam import POOL
from tasks import secrets
from tasks.clients import IamApi, client
from tasks.secrets import DotenvStore, Iam
from tasks.secrets import store as secret_store
from tests.support.secret_manager import PROJECT
from tests.support.site import app

NEEDED = views.all_secrets((app("outline"), app("leantime")))
BROUGHT = {"SMTP_USERNAME": "postmaster@example.org", "SMTP_PASSWORD": "of another provider"}


@pytest.fixture
def typed(api: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DotenvStore:
    """The store of what an operator types; the API's own state is beside it."""
    monkeypatch.setattr(secret_store, "ROOT", tmp_path)
    monkeypatch.setattr(command, "NEEDED", NEEDED)
    monkeypatch.setenv("GUILDHALL_ENV", "production")
    monkeypatch.setenv("GUILDHALL_SECRETS", "dotenv")
    return DotenvStore(tmp_path / ".secrets.production.env")


@pytest.fixture
def direct(api: str) -> IamApi:
    return IamApi(client(), 5)


def mail(store: DotenvStore, name: str) -> dict[str, str]:
    """What is stored of an app's account."""
    found = store.read(name) or {}
    return {key: value for key, value in found.items() if key.startswith("SMTP_")}


def lets_in(store: DotenvStore, name: str) -> str | None:
    """Whom the lab's mail server takes an app for."""
    own = mail(store, name)
    return account(store.file.with_name("state.json"), PROJECT, own["SMTP_USERNAME"], own["SMTP_PASSWORD"])


def test_each_app_that_mails_gets_an_account_of_its_own_that_the_mail_server_knows(
    typed: DotenvStore, direct: IamApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["secrets", "generate"]) == 0

    for name, (access_key, secret_key) in zip(("outline", "leantime"), POOL[1:], strict=False):
        assert mail(typed, name) == {
            "SMTP_ACCESS_KEY": access_key,
            "SMTP_PASSWORD": secret_key,
            "SMTP_USERNAME": PROJECT,
        }
        assert lets_in(typed, name) == f"guildhall production {name} mail"
    shown = "".join(capsys.readouterr())
    assert f"leantime: key {POOL[2][0]} issued to 'guildhall production leantime mail'\n" in shown
    assert not [secret_key for _, secret_key in POOL if secret_key in shown]
    assert len(direct.list_api_keys_all()) == 3


def test_a_mail_key_may_send_mail_and_no_other_key_may(typed: DotenvStore, iam_rules: list[Any]) -> None:
    list(secrets.issue(NEEDED, typed, lambda: Iam("production")))
    own = typed.read("outline") or {}

    sends = [RuleSpecs("", ["TransactionalEmailEmailSmtpCreate"], project_ids=[PROJECT])]
    assert iam_rules[1:] == [sends, sends]
    state = typed.file.with_name("state.json")
    assert account(state, PROJECT, PROJECT, own["S3_SECRET_KEY"]) is None
    assert account(state, PROJECT, "outline", own["SMTP_PASSWORD"]) is None
    assert account(state, PROJECT, PROJECT, POOL[-1][1]) is None
    assert account(state.with_name("none"), PROJECT, PROJECT, own["SMTP_PASSWORD"]) is None


@pytest.fixture
def iam_rules(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What policies are made of, in their order."""
    made: list[Any] = []
    create = IamApi.create_policy

    def noted(self: IamApi, **given: Any) -> Any:
        made.append(given["rules"])
        return create(self, **given)

    monkeypatch.setattr(IamApi, "create_policy", noted)
    return made


def test_renew_and_retire_are_for_all_keys_of_an_app(
    typed: DotenvStore, direct: IamApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["secrets", "generate"]) == 0
    before = typed.read("outline") or {}
    assert run(["secrets", "renew", "outline"]) == 0
    after = typed.read("outline") or {}
    assert lets_in(typed, "outline")
    assert run(["secrets", "retire", "outline"]) == 0

    known = {each.access_key for each in direct.list_api_keys_all()}
    for key in ("S3_ACCESS_KEY", "SMTP_ACCESS_KEY"):
        assert before[key] not in known
        assert after[key] in known
    assert lets_in(typed, "outline")
    assert lets_in(typed, "leantime")
    assert "are good until you type guildhall secrets retire outline" in capsys.readouterr().out


def test_an_account_that_a_person_brought_is_left_alone(
    typed: DotenvStore, direct: IamApi, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("outline", "leantime"):
        typed.write(name, BROUGHT)
    assert run(["secrets", "generate"]) == 0
    assert run(["secrets", "renew", "outline"]) == 0
    assert run(["secrets", "renew", "leantime"]) == 1
    assert run(["secrets", "retire", "leantime"]) == 1

    assert (mail(typed, "outline"), mail(typed, "leantime")) == (BROUGHT, BROUGHT)
    assert [each.name for each in direct.list_applications_all()] == ["guildhall production outline"]
    refusal = "leantime has no key that the provider issued; those of outline, leantime may have"
    assert capsys.readouterr().err.splitlines() == [refusal, refusal]


def test_an_old_shared_account_is_named_as_unused(
    typed: DotenvStore, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.write("smtp", {"USERNAME": PROJECT, "PASSWORD": "everybody's"})
    assert run(["secrets", "generate"]) == 0
    run(["secrets", "check"])

    assert "smtp/PASSWORD is unused: no app of the catalogue needs it\n" in capsys.readouterr().out
