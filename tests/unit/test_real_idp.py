"""What the real identity provider asks of our configuration, and what its double did not ask."""

import ipaddress
import json
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import indent
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest
import yaml
from urllib3 import HTTPResponse

from catalogue import APPS, views
from catalogue.model import Exec, Oidc, Site
from onhost import orders
from tasks.settings import ROOT
from tasks.stacks.archive import Deployment, _folder, _needs
from tasks.stacks.changes import Change
from tasks.stacks.compose import environment_file
from tasks.stacks.release import Release
from tasks.verify.outside import _let_in, _no_answer
from tasks.yaml_text import FAST
from tests.support.site import app, release_of, secrets_of
from tests.support.yaml_text import read_yaml

BLUEPRINT = "blueprints/apps.yaml"
PROVIDER = "https://gateway.example.org"
IDP = app("authentik")


class Loader(FAST):  # type: ignore[misc, valid-type]
    """YAML in which `!Name value` becomes the pair of both."""


def _tag(loader: Loader, name: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return (name, *loader.construct_sequence(node, deep=True))
    return (name, loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None)


Loader.add_multi_constructor("!", _tag)


@pytest.fixture
def release(site: Site) -> Release:
    return release_of(IDP, site)


@pytest.fixture
def entries(release: Release) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.load(release.files[BLUEPRINT], Loader)["entries"]  # noqa: S506 - safe
    return found


def of(entries: list[dict[str, Any]], model: str, **identifiers: Any) -> list[dict[str, Any]]:
    """The entries of a model, by its last part, that are found by these fields among others."""
    return [
        entry
        for entry in entries
        if entry["model"].endswith(f".{model}")
        and identifiers.items() <= entry.get("identifiers", {}).items()
    ]


def one(entries: list[dict[str, Any]], model: str, **identifiers: Any) -> dict[str, Any]:
    (entry,) = of(entries, model, **identifiers)
    return entry


def environment(release: Release, service: str) -> dict[str, str]:
    found: dict[str, str] = read_yaml(release.files["compose.yaml"])["services"][service]["environment"]
    return found


def finds(value: Any) -> Iterator[tuple[str, str]]:
    """Model and name of everything that a value looks up."""
    if isinstance(value, tuple) and value[0] == "Find":
        yield value[1].split(".")[1], value[2][1]
    elif isinstance(value, dict):
        for each in value.values():
            yield from finds(each)
    elif isinstance(value, list):
        for each in value:
            yield from finds(each)


def expression(entry: dict[str, Any], **names: Any) -> Callable[..., Any]:
    """An expression policy as the identity provider runs it: a function's body with names around it."""
    namespace = dict(names)
    exec(f"def policy(request):\n{indent(entry['attrs']['expression'], '    ')}", namespace)  # noqa: S102
    policy: Callable[..., Any] = namespace["policy"]
    return policy


# A1: providers/saml/api/providers.py refuses a key that signs nothing, and one refusal undoes the whole file.
def test_a_saml_provider_with_a_key_says_what_it_signs(entries: list[dict[str, Any]]) -> None:
    for provider in of(entries, "samlprovider"):
        attrs = provider["attrs"]
        assert attrs["signing_kp"]
        assert attrs.get("sign_assertion") or attrs.get("sign_response")


# A2: blueprints/v1/tasks.py applies a file again only when its hash differs.
def test_a_rotated_client_secret_changes_the_blueprint_and_starts_the_worker_anew(site: Site) -> None:
    before = release_of(IDP, site)
    rotated = secrets_of(IDP) | {"OUTLINE_CLIENT_SECRET": "n" * 40}
    after = release_of(IDP, site, secrets=rotated)

    assert before.files[BLUEPRINT] != after.files[BLUEPRINT]
    assert before.services["worker"] != after.services["worker"]
    assert before.services["server"] == after.services["server"]


def test_a_persons_groups_are_in_the_token_itself(entries: list[dict[str, Any]]) -> None:
    """Grafana makes a viewer of a token without groups, whatever it hears later (social_base.go)."""
    clients = of(entries, "oauth2provider")

    assert {client["identifiers"]["name"] for client in clients} >= {"grafana", "outline"}
    assert all(client["attrs"].get("include_claims_in_id_token") is True for client in clients)


def test_the_blueprint_holds_no_secret(release: Release) -> None:
    for secret in secrets_of(IDP).values():
        assert secret.encode() not in release.files[BLUEPRINT]
    assert environment_file(secrets_of(IDP))  # what was looked for is what lands in `.env`


# A3: without it the outpost sends people to http://localhost:8000 (outposts/models.py).
def test_the_outpost_knows_where_people_log_in(entries: list[dict[str, Any]]) -> None:
    assert one(entries, "outpost")["attrs"]["config"] == {"authentik_host": PROVIDER}


# A4: internal/outpost/proxyv2/application/oauth.go leads straight to the login.
WAY = f"{PROVIDER}/application/o/authorize/?client_id=x&redirect_uri="


@pytest.mark.parametrize(
    ("location", "good"),
    [
        (
            f"{WAY}https%3A%2F%2Fn8n.example.cc%2Foutpost.goauthentik.io%2Fcallback%3FX-authentik-auth-callback",
            True,
        ),
        (f"{WAY}https%3A%2F%2Fwobbler.example.cc%2Foutpost.goauthentik.io%2Fcallback", False),
        (f"{WAY}https%3A%2F%2Fn8n.example.cc%2Fcallback", False),
        (WAY, False),
        ("http://localhost:8000/application/o/authorize/?redirect_uri=https%3A%2F%2Fn8n.example.cc", False),
        ("https://n8n.example.cc/outpost.goauthentik.io/start", False),
        ("/signin", False),
        ("", False),
    ],
)
def test_forward_auth_leads_strangers_to_the_login_and_back_to_the_name(location: str, good: bool) -> None:
    answer = HTTPResponse(status=302 if location else 200, headers={"Location": location})

    assert (_let_in("n8n.example.cc", PROVIDER)(answer) is None) is good


def test_an_open_path_that_leads_to_the_login_is_not_open() -> None:
    answer = HTTPResponse(status=302, headers={"Location": f"{WAY}https%3A%2F%2Fn8n.example.cc%2Foutpost"})

    assert _no_answer(answer) == "answers 302 with the way to a login, and must be open"


# A5: blueprints are applied in no order; `!Find` of what is not there yet is null.
PROVIDERS = "Default - Provider authorization flow (implicit consent)"
MADE_BY = {
    "default-authentication-flow": "Default - Authentication flow",
    "default-provider-authorization-implicit-consent": PROVIDERS,
    "default-provider-invalidation-flow": "Default - Provider invalidation flow",
    "default-authenticator-totp-setup": "Default - TOTP MFA setup flow",
    "default-authenticator-webauthn-setup": "Default - WebAuthn MFA setup flow",
    "goauthentik.io/providers/oauth2/": "System - OAuth2 Provider - Scopes",
    "goauthentik.io/providers/saml/": "System - SAML Provider - Mappings",
}
# Made by authentik itself at its start, and by no blueprint.
AT_START = {"authentik Self-signed Certificate"}


def test_what_is_looked_up_was_applied_before(entries: list[dict[str, Any]]) -> None:
    asked = of(entries, "metaapplyblueprint")
    first = {entry["attrs"]["identifiers"]["name"] for entry in asked}
    looked_up = {name for entry in entries for _, name in finds(entry)} - AT_START
    makers = {name: maker for name in looked_up for start, maker in MADE_BY.items() if name.startswith(start)}

    assert looked_up == makers.keys()
    assert set(makers.values()) <= first
    assert {"Default - Brand", "System - Proxy Provider - Scopes"} <= first
    assert entries[: len(asked)] == asked
    # They need not be there at the first moment: it is tried again.
    assert not any(entry["attrs"]["required"] for entry in asked)


# A6: health says nothing of blueprints.
def test_the_blueprint_is_applied_as_a_step_of_the_deploy(site: Site, release: Release) -> None:
    change = Change(app=IDP, release=release, reasons=("new",), recreated=())
    deployment = Deployment(
        apps=APPS, site=site, by="me", commit="c", wait_seconds=180, wait_at_first_seconds=900
    )
    order = orders.order(json.loads(_folder(change, deployment)["order.json"]))

    [step] = order.after_up
    assert (step.seconds, step.service) == (420, "worker")
    assert step.command[-3:-1] == ("shell", "-c")
    # The file is beside the blueprint that it applies, and has no name by which a blueprint is looked for.
    assert "open('/blueprints/custom/apply.py')" in step.command[-1]
    assert release.files["blueprints/apply.py"]
    mounted = read_yaml(release.files["compose.yaml"])["services"]["worker"]["volumes"]
    assert "./current/blueprints:/blueprints/custom:ro" in mounted


class Refused(Exception):  # noqa: N818 - as the real one is called
    entry_model, entry_id = "authentik_providers_saml.samlprovider", "provider-zabbix"

    def __init__(self) -> None:
        super().__init__("Serializer errors", "canary-of-the-values")
        self.validation_error = type("Error", (), {"detail": {"sign_assertion": ["must be set"]}})()


@dataclass
class Worker:
    """As much of the worker as the script that applies our blueprint wants."""

    refusals: Sequence[Exception]
    """One for each try that fails, in order."""
    applies: bool = True
    known: bool = True
    """It has applied the blueprint before."""

    def run(self, monkeypatch: pytest.MonkeyPatch) -> object:
        """How the script ends: a number, or a text for 1."""
        worker, refusals = self, list(self.refusals)

        class Importer:
            @staticmethod
            def from_string(text: str) -> "Importer":
                assert text == "the file"
                return Importer()

            def validate(self, *, raise_validation_errors: bool) -> tuple[bool, list[str]]:
                if refusals and raise_validation_errors:
                    raise refusals.pop(0)
                return True, []

            def apply(self) -> bool:
                return worker.applies

        class Instance:
            objects = Mock(**{"filter.return_value.exclude.return_value.exists.return_value": self.known})

            def __init__(self, path: str) -> None:
                assert path == "custom/apps.yaml"

            def retrieve(self) -> str:
                return "the file"

        modules: dict[str, dict[str, object]] = {
            "models": {"BlueprintInstance": Instance},
            "v1.common": {"EntryInvalidError": Refused},
            "v1.importer": {"Importer": Importer},
        }
        for name, content in modules.items():
            module = ModuleType(name)
            vars(module).update(content)
            monkeypatch.setitem(sys.modules, f"authentik.blueprints.{name}", module)
        for package in ("authentik", "authentik.blueprints", "authentik.blueprints.v1"):
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "files/authentik/blueprints/apply.py"))
        return ended.value.code


def test_a_refused_blueprint_is_said_without_its_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Worker([Refused(), Refused()]).run(monkeypatch) == 2
    said = capsys.readouterr().out
    assert "custom/apps.yaml: authentik_providers_saml.samlprovider 'provider-zabbix': {'sign_ass" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    ("worker", "end"),
    [
        (Worker([]), 0),
        # The worker, new as well, had written the same at that moment.
        (Worker([Refused()]), 0),
        # What it builds on has not been found yet: it is tried again from outside.
        (Worker([Refused(), Refused()], known=False), 1),
    ],
)
def test_the_script_ends_well_as_soon_as_the_blueprint_is_applied(
    monkeypatch: pytest.MonkeyPatch, worker: Worker, end: int
) -> None:
    assert worker.run(monkeypatch) == end


def test_what_was_not_applied_does_not_end_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nothing was applied" in str(Worker([], applies=False).run(monkeypatch))


def test_a_command_after_the_start_runs_in_a_service_of_the_app() -> None:
    with pytest.raises(ValueError, match="has no service 'cook'"):
        replace(IDP, after_up=(Exec(service="cook", command=("true",), seconds=1),))


@pytest.mark.parametrize(
    ("name", "need"),
    [
        ("outline", f"{PROVIDER}/application/o/outline/.well-known/openid-configuration"),
        ("zabbix", f"{PROVIDER}/application/saml/zabbix/metadata/"),
        ("n8n", "http://n8n.example.cc/outpost.goauthentik.io/start@10.0.0.2:9000"),
        ("wobbler", "http://wobbler.example.cc/outpost.goauthentik.io/start@10.0.0.2:9000"),
    ],
)
def test_an_app_waits_until_the_identity_provider_knows_it(site: Site, name: str, need: str) -> None:
    assert [each for each in _needs(app(name), APPS, site) if each != "database"] == [need]


# A7: the migrations of a first start.
def test_a_first_start_has_time_for_its_migrations() -> None:
    assert IDP.ready_seconds >= 600
    for service in IDP.services:
        assert service.health
        # A container that is called unhealthy earlier ends the deploy earlier.
        assert service.health.start_seconds + 3 * service.health.interval_seconds >= IDP.ready_seconds


# A8: stages/authenticator_validate: the default is to skip whoever has no second factor.
class User:
    def __init__(self, *groups: str, admin: bool = False, device: bool = False) -> None:
        self.groups, self.is_superuser, self.device = groups, admin, device


class Request:
    def __init__(self, user: User | None = None, **context: Any) -> None:
        self.user, self.context = user, context


@pytest.mark.parametrize(
    ("user", "asked"),
    [
        (User(), False),
        (User("outline"), False),
        (User("grafana"), True),
        (User("outline", "n8n"), True),
        (User(device=True), True),
        (User(admin=True), True),
    ],
)
def test_the_second_factor_is_asked_of_the_sites_groups(
    entries: list[dict[str, Any]], user: User, asked: bool
) -> None:
    policy = expression(
        one(entries, "expressionpolicy", name="guildhall-second-factor"),
        ak_is_group_member=lambda user, name: name in user.groups,
        ak_user_has_authenticator=lambda user: user.device,
    )

    assert policy(Request(user)) is asked


def test_whoever_must_have_a_second_factor_can_set_one_up(entries: list[dict[str, Any]]) -> None:
    stage = one(entries, "authenticatorvalidatestage", name="default-authentication-mfa-validation")

    assert stage["attrs"]["not_configured_action"] == "configure"
    assert {kind for kind, _ in finds(stage)} == {"authenticatortotpstage", "authenticatorwebauthnstage"}
    # Both conditions count, the identity provider's own (no second factor after a passkey) and ours.
    assert one(entries, "flowstagebinding", order=30, target=("KeyOf", "login"))["attrs"] == {
        "policy_engine_mode": "all"
    }


def test_a_group_with_quotes_in_its_name_is_still_a_name(site: Site) -> None:
    odd = replace(site, mfa_groups=('it\'s "us"',))
    found = yaml.load(release_of(IDP, odd).files[BLUEPRINT], Loader)["entries"]  # noqa: S506 - safe
    policy = expression(
        one(found, "expressionpolicy", name="guildhall-second-factor"),
        ak_is_group_member=lambda user, name: name in user.groups,
        ak_user_has_authenticator=lambda user: user.device,
    )

    assert policy(Request(User('it\'s "us"'))) is True


# A9: reputation was counted, and no policy asked for it.
@pytest.mark.parametrize("order", [15, 25])
def test_a_guesser_is_turned_away_before_and_after_the_password(
    entries: list[dict[str, Any]], order: int
) -> None:
    assert one(entries, "flowstagebinding", order=order)["identifiers"] == {
        "target": ("KeyOf", "login"),
        "stage": ("KeyOf", "denied"),
        "order": order,
    }
    binding = ("KeyOf", f"login-{order}")
    bound = {entry["identifiers"]["policy"] for entry in of(entries, "policybinding", target=binding)}
    assert bound == {("KeyOf", "guessing"), ("KeyOf", "guessing-one")}
    assert one(entries, "reputationpolicy")["attrs"]["threshold"] > -25


def test_a_limit_of_its_own_is_on_the_steps_of_a_login(release: Release) -> None:
    route = read_yaml(release.files["live/traefik/routes/authentik.yaml"])["http"]
    rule = "Host(`gateway.example.org`) && (PathPrefix(`/api/v3/flows/executor/`))"
    (steps,) = [name for name, router in route["routers"].items() if router["rule"] == rule]

    limit = route["middlewares"][f"{steps}-rate"]["rateLimit"]
    assert f"{steps}-rate" in route["routers"][steps]["middlewares"]
    # The edge forgets who pauses for two seconds: a greater burst would be the limit itself.
    assert (limit["average"] <= 180, limit["burst"] <= limit["average"] / 60 * 2) == (True, True)


# A10
def test_a_new_password_is_set_by_a_flow_that_leaves_the_login_to_the_login(
    entries: list[dict[str, Any]],
) -> None:
    stages = [
        entry["identifiers"]["stage"]
        for entry in of(entries, "flowstagebinding", target=("KeyOf", "recovery"))
    ]

    assert one(entries, "brand")["attrs"] == {"flow_recovery": ("KeyOf", "recovery")}
    login = one(entries, "identificationstage", name="default-authentication-identification")
    assert login["attrs"]["recovery_flow"] == ("KeyOf", "recovery")
    # A login here would pass by the second factor.
    assert [key for _, key in stages] == [
        "recovery-who",
        "recovery-mail",
        "recovery-password",
        "recovery-write",
    ]


@pytest.mark.parametrize(("context", "asked"), [({}, True), ({"is_restored": object()}, False)])
def test_who_comes_by_a_link_is_not_asked_who_it_is(
    entries: list[dict[str, Any]], context: dict[str, Any], asked: bool
) -> None:
    policy = expression(one(entries, "expressionpolicy", name="guildhall-recovery-without-link"))

    assert policy(Request(**context)) is asked


# A11: the default trusts every private address.
def test_only_edges_are_believed_what_address_a_visitor_has(site: Site, release: Release) -> None:
    for service in ("server", "worker"):
        said = environment(release, service)["AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS"].split(",")
        networks = [ipaddress.ip_network(each) for each in said]
        assert {str(each) for each in networks} == {
            "127.0.0.0/8",
            "::1/128",
            site.docker_address_pool,
            *(f"{host.private_ip}/32" for host in site.hosts),
        }


# A12
def test_a_binding_is_found_by_its_group(entries: list[dict[str, Any]]) -> None:
    known = [each for each in views.present(APPS) if each.logs_in]
    bound = [entry for entry in of(entries, "policybinding") if "group" in entry["identifiers"]]

    assert len(bound) == len(known)
    assert all(entry["identifiers"].keys() == {"target", "group"} for entry in bound)


def test_it_tells_nobody_outside_that_it_started(release: Release) -> None:
    for service in ("server", "worker"):
        assert environment(release, service)["AUTHENTIK_DISABLE_STARTUP_ANALYTICS"] == "true"


# Outline's session ends with the access token. A refresh asks no policy (providers/oauth2/views/token.py), so
# offline_access would keep in for good who was taken out of the group.
def test_sessions_of_outline_last_a_working_day_and_end(entries: list[dict[str, Any]]) -> None:
    providers = {entry["identifiers"]["name"]: entry["attrs"] for entry in of(entries, "oauth2provider")}
    hours = {name: attrs["access_token_validity"] for name, attrs in providers.items()}

    assert hours["outline"] == "hours=12"
    assert "offline_access" not in str(providers["outline"]["property_mappings"])


@pytest.mark.parametrize("hours", [0, 25])
def test_a_token_is_good_for_a_day_at_most(hours: int) -> None:
    with pytest.raises(ValueError, match=f"token_hours {hours} is not between 1 and 24"):
        Oidc(callback="/", token_hours=hours)
