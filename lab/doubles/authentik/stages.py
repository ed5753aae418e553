"""The stages of a flow: what each asks, and what it makes of the answer."""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import models
from .accounts import Accounts, Reputation, good
from .store import Object, Objects

Json = dict[str, Any]
DENIED = "ak-stage-access-denied"


@dataclass(kw_only=True)
class Run:
    """Somebody on the way through a flow."""

    flow: str
    steps: list[str]
    """Its stage bindings, in order."""
    context: Json = field(default_factory=dict)
    user: str = ""
    """Who it says it is."""
    at: int = 0
    failures: int = 0
    secret: str = ""
    """Of a device that is being set up."""
    chosen: bool = False
    password: str = ""


@dataclass(kw_only=True)
class Session:
    """A browser, and who is logged in with it."""

    user: str = ""
    run: Run | None = None
    csrf: str = field(default_factory=lambda: secrets.token_hex(16))


class Refused(Exception):  # noqa: N818 - the run is over, by decision
    """The flow ends here, with words for the person."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """What stages work on."""

    objects: Objects
    accounts: Accounts
    reputation: Reputation
    address: str

    def ask(self, stage: Object, session: Session, run: Run) -> Json | None:
        """The question of a stage; None if it has none, and what it does is done."""
        return ASK[stage["model"]](self, stage, session, run)

    def answer(self, stage: Object, run: Run, given: Json) -> Json | None:
        """What is wrong with an answer, field by field; None if the stage is over."""
        return ANSWER[stage["model"]](self, stage, run, given)

    def ask_who(self, stage: Object, _session: Session, _run: Run) -> Json:
        recovery = self.objects.get(stage.get("recovery_flow") or "")
        url = f"/if/flow/{recovery['slug']}/" if recovery else ""
        return {
            "component": "ak-stage-identification",
            "user_fields": stage["user_fields"],
            "recovery_url": url,
        }

    def answer_who(self, stage: Object, run: Run, given: Json) -> Json | None:
        name = str(given.get("uid_field", ""))
        found = self.accounts.find(name)
        if not found:
            self.reputation.count(self.address, name, -1)
            if not stage.get("pretend_user_exists"):
                return {"non_field_errors": "Failed to authenticate."}
        run.user = found or name
        return None

    def ask_password(self, _stage: Object, _session: Session, run: Run) -> Json:
        return {"component": "ak-stage-password", "pending_user": run.user}

    def answer_password(self, stage: Object, run: Run, given: Json) -> Json | None:
        known = self.accounts.find(run.user)
        if known and self.accounts.knows(known, str(given.get("password", ""))):
            return None
        self.reputation.count(self.address, run.user, -1)
        run.failures += 1
        if run.failures >= stage.get("failed_attempts_before_cancel", 5):
            raise Refused("Invalid password")
        return {"password": "Invalid password"}

    def ask_factor(self, stage: Object, _session: Session, run: Run) -> Json | None:
        if self.accounts.second_factor(run.user):
            device = {"device_class": "totp", "device_uid": "1", "challenge": {}}
            return {"component": "ak-stage-authenticator-validate", "device_challenges": [device]}
        match stage.get("not_configured_action", "skip"):
            case "skip":
                return None
            case "deny":
                raise Refused("No (allowed) MFA authenticator configured.")
        if run.chosen:
            return self._set_up(run)
        offered = [
            {"pk": key, "name": self.objects[key]["name"], "meta_model_name": self.objects[key]["model"]}
            for key in stage["configuration_stages"]
        ]
        return {
            "component": "ak-stage-authenticator-validate",
            "device_challenges": [],
            "configuration_stages": offered,
        }

    def _set_up(self, run: Run) -> Json:
        run.secret = run.secret or base64.b32encode(secrets.token_bytes(20)).decode()
        way = f"otpauth://totp/authentik:{run.user}?secret={run.secret}&algorithm=SHA1&digits=6&period=30"
        return {"component": "ak-stage-authenticator-totp", "config_url": f"{way}&issuer=authentik"}

    def answer_factor(self, stage: Object, run: Run, given: Json) -> Json | None:
        known, code = self.accounts.second_factor(run.user), str(given.get("code", ""))
        if known:
            return None if good(known, code) else {"code": "Invalid Token"}
        if not run.chosen:
            wanted = self.objects.get(str(given.get("selected_stage")), {})
            run.chosen = wanted.get("model") == models.TOTP  # a lab has no keys to touch
            return {} if run.chosen else {"selected_stage": "invalid"}
        if not good(run.secret, code):
            return {"code": "Code does not match"}
        self.accounts.set_second_factor(run.user, run.secret)
        return None

    def log_in(self, _stage: Object, session: Session, run: Run) -> None:
        session.user = run.user
        self.reputation.count(self.address, run.user, 1)

    def deny(self, stage: Object, _session: Session, _run: Run) -> Json | None:
        raise Refused(stage.get("deny_message") or "Access denied.")

    def ask_mail(self, _stage: Object, _session: Session, run: Run) -> Json | None:
        return None if run.context.get("is_restored") else {"component": "ak-stage-email"}

    def answer_mail(self, _stage: Object, _run: Run, _given: Json) -> Json:
        return {"non_field_errors": "the double sends no letters"}

    def ask_prompt(self, stage: Object, _session: Session, _run: Run) -> Json:
        fields = [{"field_key": name, "type": "password", "required": True} for name in stage["fields"]]
        return {"component": "ak-stage-prompt", "fields": fields}

    def answer_prompt(self, _stage: Object, run: Run, given: Json) -> Json | None:
        run.password = str(given.get("password", ""))
        same = run.password and run.password == given.get("password_repeat")
        return None if same else {"non_field_errors": "Passwords don't match."}

    def write(self, _stage: Object, _session: Session, run: Run) -> None:
        if self.accounts.find(run.user):
            self.accounts.set_password(run.user, run.password)


ASK: Mapping[str, Callable[[Stages, Object, Session, Run], Json | None]] = {
    models.IDENTIFICATION: Stages.ask_who,
    models.PASSWORD: Stages.ask_password,
    models.VALIDATE: Stages.ask_factor,
    models.LOGIN: Stages.log_in,
    models.DENY: Stages.deny,
    models.EMAIL: Stages.ask_mail,
    models.PROMPT: Stages.ask_prompt,
    models.WRITE: Stages.write,
}
ANSWER: Mapping[str, Callable[[Stages, Object, Run, Json], Json | None]] = {
    models.IDENTIFICATION: Stages.answer_who,
    models.PASSWORD: Stages.answer_password,
    models.VALIDATE: Stages.answer_factor,
    models.EMAIL: Stages.answer_mail,
    models.PROMPT: Stages.answer_prompt,
}
