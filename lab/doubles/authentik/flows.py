"""How people log in: a page whose script asks the flow executor for each step; links of administrators."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as Answer

from .accounts import PEOPLE, Accounts, Reputation
from .defaults import AUTHENTICATION
from .models import BRAND, FLOW, STAGE_BINDING
from .policies import Policies
from .stages import DENIED, Json, Refused, Run, Session, Stages
from .store import Objects, Store, load_objects

COOKIE, CSRF = "authentik_session", "authentik_csrf"
PAGE = "<!doctype html><title>authentik</title><ak-flow-executor></ak-flow-executor>\n"
EXECUTOR = "/api/v3/flows/executor/<slug>/"


class LoginNeeded(Exception):  # noqa: N818 - nothing is wrong
    """Nobody is logged in: first the login, then the same address again."""


@dataclass(kw_only=True)
class Flows:
    """Sessions live in memory, flows and accounts in the store."""

    store: Store
    reputation: Reputation
    base: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)  # token of a recovery link -> who it is for

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/flows/-/default/authentication/", "login", self.login)
        web.add_url_rule("/if/flow/<slug>/", "flow", self.page)
        web.add_url_rule(EXECUTOR, "executor", self.executor, methods=["GET", "POST"])
        web.add_url_rule("/api/v3/core/users/", "users", self.users)
        way = "/api/v3/core/users/<int:pk>/recovery/"
        web.add_url_rule(way, "recovery", self.recovery, methods=["POST"])
        web.register_error_handler(LoginNeeded, lambda _: redirect(_login_address()))

    def user(self) -> str:
        """Who is logged in with this browser. Raises LoginNeeded."""
        session = self.sessions.get(request.cookies.get(COOKIE, ""))
        if not session or not session.user:
            raise LoginNeeded
        return session.user

    def login(self) -> Answer:
        return redirect(f"/if/flow/{AUTHENTICATION}/?{request.query_string.decode()}")

    def page(self, slug: str) -> tuple[str, int]:
        return (PAGE, 200) if _flow(load_objects(self.store), slug) else ("Not Found", 404)

    def executor(self, slug: str) -> Answer:
        """The question of the step that the browser is at; after a good answer, the way to the next one."""
        objects = load_objects(self.store)
        if not _flow(objects, slug):
            return Response("Not Found", 404)
        key, session = self._session()
        query = {name: value[0] for name, value in parse_qs(request.args.get("query", "")).items()}
        try:
            answer = self._step(objects, slug, session, query)
        except Refused as refused:
            session.run = None
            answer = jsonify(component=DENIED, error_message=str(refused))
        if session.user:  # a login gets a new cookie
            self.sessions[key := secrets.token_urlsafe(32)] = self.sessions.pop(
                request.cookies.get(COOKIE, ""), session
            )
        answer.set_cookie(COOKIE, key, httponly=True, secure=request.is_secure, samesite="Lax")
        answer.set_cookie(CSRF, session.csrf, secure=request.is_secure)
        return answer

    def _session(self) -> tuple[str, Session]:
        key = request.cookies.get(COOKIE, "")
        if key not in self.sessions:
            self.sessions[key := secrets.token_urlsafe(32)] = Session()
        return key, self.sessions[key]

    def _step(self, objects: Objects, slug: str, session: Session, query: dict[str, str]) -> Answer:
        run = session.run
        if run is None or run.flow != slug:
            run = session.run = self._begin(objects, slug, query)
        stages = self._stages(objects)
        if request.method == "POST":
            return self._answered(stages, session, run)
        shown = self._shown(stages, session, run)
        if shown is None:
            session.run, target = None, query.get("next", "/")
            return jsonify(component="xak-flow-redirect", to=target if target.startswith("/") else "/")
        return jsonify(response_errors={}, **shown)

    def _begin(self, objects: Objects, slug: str, query: dict[str, str]) -> Run:
        target = _flow(objects, slug)
        bound = [
            (found["order"], key)
            for key, found in objects.items()
            if found["model"] == STAGE_BINDING and found["target"] == target
        ]
        run = Run(flow=slug, steps=[key for _, key in sorted(bound)])
        if user := self.links.pop(query.get("flow_token", ""), ""):
            run.user, run.context = user, {"is_restored": True}
        return run

    def _answered(self, stages: Stages, session: Session, run: Run) -> Answer:
        self._shown(stages, session, run)  # its policies are asked again: much may have happened meanwhile
        if run.at < len(run.steps):
            stage = stages.objects[stages.objects[run.steps[run.at]]["stage"]]
            wrong = stages.answer(stage, run, request.get_json(silent=True) or {})
            if wrong:
                errors = {name: [{"string": text, "code": "invalid"}] for name, text in wrong.items()}
                asked = stages.ask(stage, session, run) or {}
                return jsonify(response_errors=errors, **asked)
            run.at += wrong is None
        return redirect(f"{request.path}?{urlencode({'query': request.args.get('query', '')})}")

    def _shown(self, stages: Stages, session: Session, run: Run) -> Json | None:
        """The question of the first step from here that has one; None at the end."""
        while run.at < len(run.steps):
            binding = stages.objects[run.steps[run.at]]
            mode = binding.get("policy_engine_mode", "any")
            if self._policies(stages).passed(run.steps[run.at], mode, run.user, run.context):
                shown = stages.ask(stages.objects[binding["stage"]], session, run)
                if shown is not None:
                    return shown
            run.at += 1
        return None

    def _stages(self, objects: Objects) -> Stages:
        accounts = Accounts(self.store)
        address = request.remote_addr or ""
        return Stages(objects=objects, accounts=accounts, reputation=self.reputation, address=address)

    def _policies(self, of: Stages) -> Policies:
        return Policies(
            objects=of.objects, accounts=of.accounts, reputation=of.reputation, address=of.address
        )

    def users(self) -> tuple[Response, int]:
        if not self._is_administrator():
            return jsonify(detail="Authentication credentials were not provided."), 403
        asked = request.args.get("username")
        rows = [
            {"pk": person.pk, "username": user, "name": person.name}
            for user, person in PEOPLE.items()
            if asked in (None, user)
        ]
        return jsonify(results=rows), 200

    def recovery(self, pk: int) -> tuple[Response, int]:
        """A link with which somebody chooses a new password, once."""
        if not self._is_administrator() or request.headers.get("X-authentik-CSRF") != self._session()[1].csrf:
            return jsonify(detail="Authentication credentials were not provided."), 403
        objects = load_objects(self.store)
        flow = next((each.get("flow_recovery") for each in objects.values() if each["model"] == BRAND), None)
        if not flow:
            return jsonify(non_field_errors=["No recovery flow set."]), 400
        user = next(user for user, person in PEOPLE.items() if person.pk == pk)
        self.links[token := secrets.token_urlsafe(32)] = user
        return jsonify(link=f"{request.host_url}if/flow/{objects[flow]['slug']}/?flow_token={token}"), 200

    def _is_administrator(self) -> bool:
        return PEOPLE[self.user()].superuser


def _login_address() -> str:
    return f"/flows/-/default/authentication/?{urlencode({'next': request.full_path})}"


def _flow(objects: Objects, slug: str) -> Any:
    """The key of a flow."""
    return next(
        (key for key, found in objects.items() if found["model"] == FLOW and found["slug"] == slug), None
    )
