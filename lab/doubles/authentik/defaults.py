"""What authentik brings along: some of it made at its first start, the rest by blueprints of its own."""

from collections.abc import Mapping

from .models import (
    BRAND,
    CERTIFICATE,
    EXPRESSION,
    FLOW,
    IDENTIFICATION,
    LOGIN,
    OUTPOST,
    PASSWORD,
    PROMPT,
    SAML_MAPPING,
    SCOPE,
    STAGE_BINDING,
    TOTP,
    VALIDATE,
    WEBAUTHN,
    WRITE,
)
from .models import POLICY_BINDING as BOUND
from .store import Object, Objects

MANAGED = "goauthentik.io/providers/"
AUTHENTICATION, RECOVERED = "default-authentication-flow", "default-password-change"
CONSENT = "default-provider-authorization-implicit-consent"
FIRST_START: Objects = {
    "certificate": {"model": CERTIFICATE, "name": "authentik Self-signed Certificate"},
    "outpost": {
        "model": OUTPOST,
        "managed": "goauthentik.io/outposts/embedded",
        "name": "authentik Embedded Outpost",
        "type": "proxy",
        "providers": [],
        "config": {"authentik_host": ""},  # and so it stays until somebody says it
    },
}


def _flow(slug: str, designation: str) -> Objects:
    return {slug: {"model": FLOW, "slug": slug, "name": slug, "title": slug, "designation": designation}}


def _stage(model: str, name: str, **fields: object) -> Objects:
    return {name: {"model": model, "name": name, **fields}}


def _at(flow: str, order: int, stage: str) -> Objects:
    binding: Object = {"model": STAGE_BINDING, "target": flow, "stage": stage, "order": order}
    return {f"{flow}-{order}": binding | {"policy_engine_mode": "any"}}


def _mappings(model: str, prefix: str, field: str, *names: str) -> Objects:
    made = {MANAGED + prefix + name: {"model": model, "name": name, field: name} for name in names}
    return {key: {**mapping, "managed": key} for key, mapping in made.items()}


# In the order that they would need; the worker applies them in none.
BLUEPRINTS: Mapping[str, Objects] = {
    "Default - Password change flow": {
        **_flow(RECOVERED, "stage_configuration"),
        **_stage(PROMPT, f"{RECOVERED}-prompt", fields=["password", "password_repeat"]),
        **_stage(WRITE, f"{RECOVERED}-write"),
    },
    "Default - Authentication flow": {
        **_flow(AUTHENTICATION, "authentication"),
        **_stage(
            IDENTIFICATION,
            "default-authentication-identification",
            user_fields=["email", "username"],
            pretend_user_exists=True,
        ),
        **_stage(PASSWORD, "default-authentication-password", failed_attempts_before_cancel=5),
        **_stage(
            VALIDATE,
            "default-authentication-mfa-validation",
            not_configured_action="skip",
            device_classes=["static", "totp", "webauthn"],
        ),
        **_stage(LOGIN, "default-authentication-login"),
        **_at(AUTHENTICATION, 10, "default-authentication-identification"),
        **_at(AUTHENTICATION, 20, "default-authentication-password"),
        **_at(AUTHENTICATION, 30, "default-authentication-mfa-validation"),
        **_at(AUTHENTICATION, 100, "default-authentication-login"),
        "no-passkey": {"model": EXPRESSION, "name": "no-passkey", "expression": "return True"},
        "no-passkey-30": {
            "model": BOUND,
            "target": f"{AUTHENTICATION}-30",
            "policy": "no-passkey",
            "order": 10,
        },
    },
    "Default - TOTP MFA setup flow": _stage(TOTP, "default-authenticator-totp-setup"),
    "Default - WebAuthn MFA setup flow": _stage(WEBAUTHN, "default-authenticator-webauthn-setup"),
    "Default - Invalidation flow": _flow("default-invalidation-flow", "invalidation"),
    "Default - Provider authorization flow (implicit consent)": _flow(CONSENT, "authorization"),
    "Default - Provider authorization flow (explicit consent)": _flow(
        "default-provider-authorization-explicit-consent", "authorization"
    ),
    "Default - Provider invalidation flow": _flow("default-provider-invalidation-flow", "invalidation"),
    "Default - Brand": {
        "brand": {"model": BRAND, "domain": "authentik-default", "default": True, "flow_recovery": None}
    },
    "System - OAuth2 Provider - Scopes": _mappings(
        SCOPE, "oauth2/scope-", "scope_name", "openid", "email", "profile", "offline_access"
    ),
    "System - SAML Provider - Mappings": _mappings(
        SAML_MAPPING, "saml/", "friendly_name", "username", "email", "name", "groups"
    ),
    "System - Proxy Provider - Scopes": _mappings(SCOPE, "proxy/scope-", "scope_name", "proxy"),
}


def everything() -> Objects:
    """What there is once all of it has been applied."""
    return {**FIRST_START, **{key: made for objects in BLUEPRINTS.values() for key, made in objects.items()}}
