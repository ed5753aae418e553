"""The models that blueprints may write, and what their serializers refuse."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .store import Object, Objects

Refusal = dict[str, list[str]]  # as Django REST framework says it: field -> what is wrong

FLOW, STAGE_BINDING = "authentik_flows.flow", "authentik_flows.flowstagebinding"
CERTIFICATE, BRAND = "authentik_crypto.certificatekeypair", "authentik_brands.brand"
GROUP, APPLICATION = "authentik_core.group", "authentik_core.application"
POLICY_BINDING, OUTPOST = "authentik_policies.policybinding", "authentik_outposts.outpost"
EXPRESSION = "authentik_policies_expression.expressionpolicy"
REPUTATION = "authentik_policies_reputation.reputationpolicy"
OAUTH2, SCOPE = "authentik_providers_oauth2.oauth2provider", "authentik_providers_oauth2.scopemapping"
SAML = "authentik_providers_saml.samlprovider"
SAML_MAPPING = "authentik_providers_saml.samlpropertymapping"
PROXY = "authentik_providers_proxy.proxyprovider"
IDENTIFICATION = "authentik_stages_identification.identificationstage"
PASSWORD, LOGIN = "authentik_stages_password.passwordstage", "authentik_stages_user_login.userloginstage"
VALIDATE = "authentik_stages_authenticator_validate.authenticatorvalidatestage"
TOTP = "authentik_stages_authenticator_totp.authenticatortotpstage"
WEBAUTHN = "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage"
DENY, EMAIL = "authentik_stages_deny.denystage", "authentik_stages_email.emailstage"
PROMPT, WRITE = "authentik_stages_prompt.promptstage", "authentik_stages_user_write.userwritestage"

NULL, REQUIRED = "This field may not be null.", "This field is required."
DURATION = re.compile(r"(hours|minutes|seconds|days|weeks)=\d+(;(hours|minutes|seconds|days|weeks)=\d+)*")
# What may be null, of all that is given.
NULLABLE = {"flow_recovery", "signing_kp", "signing_key", "name_id_mapping"}
REFERENCES = {
    *("authorization_flow", "invalidation_flow", "flow_recovery", "recovery_flow", "target", "stage"),
    *("policy", "group", "provider", "signing_kp", "signing_key", "name_id_mapping"),
    *("property_mappings", "providers", "configuration_stages"),
}


def _saml(made: Object) -> Refusal:
    if not made.get("signing_kp") or made.get("sign_assertion") or made.get("sign_response"):
        return {}
    one = "at least one of 'Sign assertion' and 'Sign Response' must be selected."
    return {"non_field_errors": [f"With a signing keypair selected, {one}"]}


def _proxy(made: Object) -> Refusal:
    inside = made.get("mode", "proxy") == "proxy" and not made.get("internal_host")
    return {"internal_host": ["It cannot be empty when forward auth is disabled."]} if inside else {}


def _binding(made: Object) -> Refusal:
    given = [name for name in ("policy", "group", "user") if made.get(name) is not None]
    return (
        {} if len(given) == 1 else {"non_field_errors": ["One of 'policy', 'group' or 'user' must be set."]}
    )


def _second_factor(made: Object) -> Refusal:
    if made.get("not_configured_action") != "configure" or made.get("configuration_stages"):
        return {}
    return {"not_configured_action": ['With "Configure" you must set a configuration stage.']}


def _reputation(made: Object) -> Refusal:
    checked = made.get("check_ip") or made.get("check_username")
    return {} if checked else {"non_field_errors": ["Either IP or Username must be checked"]}


def _expression(made: Object) -> Refusal:
    body = "\n".join(f"    {line}" for line in str(made.get("expression", "")).splitlines())
    try:
        compile(f"def policy(request):\n{body or '    pass'}", "expression", "exec")
    except SyntaxError as error:
        return {"expression": [str(error)]}
    return {}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What a new object must have, what a field must be one of, and what else must hold."""

    required: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    check: Callable[[Object], Refusal] = lambda _: {}


SUBJECTS = ("hashed_user_id", "user_id", "user_uuid", "user_username", "user_email", "user_upn")
FLOWS = ("authorization_flow", "invalidation_flow")
MODELS: Mapping[str, Model] = {
    GROUP: Model(required=("name",)),
    APPLICATION: Model(required=("name", "slug"), choices={"policy_engine_mode": ("any", "all")}),
    BRAND: Model(required=("domain",)),
    POLICY_BINDING: Model(required=("target", "order"), check=_binding),
    FLOW: Model(required=("name", "slug", "title", "designation")),
    STAGE_BINDING: Model(
        required=("target", "stage", "order"), choices={"policy_engine_mode": ("any", "all")}
    ),
    OAUTH2: Model(
        required=("name", "redirect_uris", *FLOWS),
        choices={"client_type": ("confidential", "public"), "sub_mode": SUBJECTS},
    ),
    SCOPE: Model(required=("name", "scope_name", "expression"), check=_expression),
    SAML: Model(required=("name", "acs_url", *FLOWS), check=_saml),
    PROXY: Model(
        required=("name", "external_host", *FLOWS),
        choices={"mode": ("proxy", "forward_single", "forward_domain")},
        check=_proxy,
    ),
    OUTPOST: Model(required=("name", "type", "providers", "config")),
    EXPRESSION: Model(required=("name", "expression"), check=_expression),
    REPUTATION: Model(required=("name",), check=_reputation),
    IDENTIFICATION: Model(required=("name",)),
    VALIDATE: Model(
        required=("name",),
        choices={"not_configured_action": ("skip", "deny", "configure")},
        check=_second_factor,
    ),
    DENY: Model(required=("name",)),
    EMAIL: Model(required=("name",)),
    PROMPT: Model(required=("name", "fields")),
    WRITE: Model(required=("name",)),
}


def refused(model: str, given: Mapping[str, Any], before: Object | None, objects: Objects) -> Refusal:
    """What the model's serializer says of an entry's fields; nothing of them is in it."""
    rules, made = MODELS[model], {**(before or {}), **given}
    wrong: Refusal = {name: [REQUIRED] for name in rules.required if name not in made}
    for name, value in given.items():
        if problem := _field(rules, name, value, objects):
            wrong[name] = [problem]
    return wrong or rules.check(dict(given))  # as the real ones: what the object had does not count


def _field(rules: Model, name: str, value: Any, objects: Objects) -> str:
    if value is None or (isinstance(value, list) and None in value):
        return "" if name in NULLABLE else NULL
    if name in rules.choices and value not in rules.choices[name]:
        return f'"{value}" is not a valid choice.'
    if name.endswith("_validity") and not DURATION.fullmatch(str(value)):
        return f"{value} is not in the correct format of 'hours=3;minutes=1'."
    asked = (value if isinstance(value, list) else [value]) if name in REFERENCES else []
    return "Invalid pk - object does not exist." if any(key not in objects for key in asked) else ""
