"""Which keys the provider is asked for, for whom, and when: worked out without asking anybody."""

from dataclasses import replace

import pytest
from requests.adapters import HTTPAdapter

from catalogue import APPS, views
from catalogue.model import Rule, Secret
from tasks import clients, secrets
from tests.support.site import app

BUCKET = ("S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_PRINCIPAL")
MAIL = ("SMTP_ACCESS_KEY", "SMTP_PASSWORD", "SMTP_USERNAME")
OPERATOR = ("s3", ("ACCESS_KEY", "SECRET_KEY", "PRINCIPAL"))
KNOWN = (OPERATOR, ("outline", BUCKET), ("traefik", BUCKET), ("outline", MAIL))
FULL = {(bundle, name): "x" for bundle, names in KNOWN for name in names}


def needed() -> dict[str, tuple[Secret, ...]]:
    return views.all_secrets((app("outline"), app("traefik"), app("grafana")))


def lacking(*absent: tuple[str, str]) -> tuple[list[str], list[str]]:
    """Who is given a key and whose principal is looked up, where these places are empty."""
    found = {where: value for where, value in FULL.items() if where not in absent}
    known = secrets.holders(needed())
    return (
        [each.who for each in known if each.lacks_key(found)],
        [each.bundle for each in known if each.lacks_principal(found) and not each.lacks_key(found)],
    )


def test_the_operator_and_every_app_with_a_bucket_or_with_mail_hold_a_key_for_it() -> None:
    found = secrets.holders(needed())

    assert [(each.bundle, each.names) for each in found] == [*KNOWN]
    assert [each.who for each in found if each.issued] == ["outline", "traefik", "outline mail"]
    everybody = {each.who for each in secrets.holders(views.all_secrets(APPS))}
    assert everybody == {
        "s3",
        *(each.name for each in views.present(APPS) if each.bucket),
        *(f"{each.name} mail" for each in views.present(APPS) if each.mail),
    }


def test_who_has_all_three_is_asked_for_nothing() -> None:
    assert lacking() == ([], [])


@pytest.mark.parametrize("half", ["S3_ACCESS_KEY", "S3_SECRET_KEY"])
def test_half_a_key_is_none(half: str) -> None:
    assert lacking(("outline", half)) == (["outline"], [])


@pytest.mark.parametrize("half", ["SMTP_PASSWORD", "SMTP_USERNAME"])
def test_half_a_mail_account_is_none(half: str) -> None:
    assert lacking(("outline", half)) == (["outline mail"], [])


def test_a_mail_account_that_a_person_brought_has_no_access_key() -> None:
    assert lacking(("outline", "SMTP_ACCESS_KEY")) == ([], [])


def test_a_key_whose_owner_is_not_known_is_looked_up_and_not_made_anew() -> None:
    assert lacking(("outline", "S3_PRINCIPAL"), ("s3", "PRINCIPAL")) == ([], ["s3", "outline"])


def test_the_operators_key_is_a_persons_to_bring() -> None:
    assert lacking(("s3", "ACCESS_KEY"), ("s3", "PRINCIPAL")) == ([], [])


def test_a_missing_key_is_generated_and_a_wrong_owner_is_set() -> None:
    needed = {"wiki": (*views.APP_BUCKET_KEYS, replace(views.principal(app("outline")), bundle=None))}
    place = ("wiki", "S3_PRINCIPAL")

    lines = secrets.problems(needed, {place: "application_id:wiki"})

    assert lines == [
        "wiki: S3_ACCESS_KEY (wiki/S3_ACCESS_KEY) is missing; type guildhall secrets generate",
        "wiki: S3_SECRET_KEY (wiki/S3_SECRET_KEY) is missing; type guildhall secrets generate",
        "wiki: OUTLINE_PRINCIPAL (wiki/S3_PRINCIPAL) must be application_id: or user_id: with a UUID, or none"
        "; type guildhall secrets set wiki S3_PRINCIPAL --replace",
    ]


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("application_id:1ab00000-0000-4000-8000-000000000003", True),
        ("user_id:1ab00000-0000-4000-8000-000000000003", True),
        ("none", True),
        ("1ab00000-0000-4000-8000-000000000003", False),
        ("application_id:1AB00000-0000-4000-8000-000000000003", False),
        ("none at all", False),
        ("", False),
    ],
)
def test_a_principal_is_one_of_an_application_or_a_user_or_none(value: str, good: bool) -> None:
    assert (Rule(kind="principal").problem(value) is None) == good


def test_what_the_provider_makes_is_not_made_up() -> None:
    assert [Rule(kind=kind, size=16).issued for kind in ("given", "hex", "issued")] == [False, False, True]
    with pytest.raises(ValueError, match="secret rule 'principal 16': it has no size; drop it"):
        Rule(kind="principal", size=16)
    with pytest.raises(ValueError, match="secret rule 'issued 0' is too short; use at least 1"):
        Secret(name="KEY", rule=Rule(kind="issued"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_makes_a_key_is_sent_once(status: int) -> None:
    adapter = clients.session(repeats_posts=False).get_adapter("https://api.example.net")
    assert isinstance(adapter, HTTPAdapter)

    assert not adapter.max_retries.is_retry("POST", status)
    assert adapter.max_retries.is_retry("GET", status)
    assert adapter.max_retries.is_retry("DELETE", status)
    assert clients.IamApi.repeats_posts is False
    assert clients.SecretApi.repeats_posts
