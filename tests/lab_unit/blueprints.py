"""A blueprint as a deploy writes it, and a store without a database, for tests of the double of authentik."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lab.doubles.authentik.accounts import Reputation
from lab.doubles.authentik.defaults import BLUEPRINTS, everything
from lab.doubles.authentik.flows import Flows
from lab.doubles.authentik.outpost import Outpost
from lab.doubles.authentik.saml import Saml
from lab.doubles.authentik.server import Server
from lab.doubles.authentik.store import Store, load_objects, save, save_objects
from lab.doubles.authentik.worker import APPLIED, FOUND
from tests.lab.visitor import DENIED, DONE, Json, Visitor

EXECUTOR = "/api/v3/flows/executor/default-authentication-flow/"
CANARY = "canary-of-the-client-secret"
TEXT = """
version: 1
metadata: {{name: guildhall-outline}}
entries:
  - model: authentik_blueprints.metaapplyblueprint
    attrs: {{identifiers: {{name: Default - Brand}}, required: true}}
  - model: authentik_core.group
    id: members
    identifiers: {{name: Outline users}}
  - model: authentik_providers_oauth2.oauth2provider
    id: provider
    identifiers: {{name: outline}}
    attrs:
      client_type: confidential
      client_id: outline
      client_secret: !File {secret}
      grant_types: {grants}
      redirect_uris: [{{matching_mode: strict, url: "{url}/auth/oidc.callback"}}]
      sub_mode: user_username
      authorization_flow:
        !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
      signing_key: !Find [authentik_crypto.certificatekeypair, [name, authentik Self-signed Certificate]]
      property_mappings:
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, openid]]
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, email]]
        - !Find [authentik_providers_oauth2.scopemapping, [scope_name, profile]]
  - model: authentik_core.application
    id: application
    identifiers: {{slug: outline}}
    attrs: {{name: !Env [TITLE, Wiki], provider: !KeyOf provider, policy_engine_mode: any}}
  - model: authentik_policies.policybinding
    identifiers: {{target: !KeyOf application, order: 0}}
    attrs: {{group: !KeyOf members}}
"""


class Memory(dict[str, str]):
    """A store without a database, after all that authentik brings along; `Memory.empty()` is before."""

    def __init__(self) -> None:
        super().__init__({"migrated at": "0"})
        save_objects(self, everything())
        save(self, FOUND, dict.fromkeys(BLUEPRINTS, ""))
        save(self, APPLIED, dict.fromkeys(BLUEPRINTS, "own"))

    @classmethod
    def empty(cls) -> "Memory":
        made = cls()
        made.clear()
        return made

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def put(self, key: str, value: str) -> None:
        self[key] = value

    def add(self, key: str, value: str) -> None:
        self.setdefault(key, value)


def blueprint(folder: Path, url: str, grants: str = "[authorization_code, refresh_token]") -> Path:
    (folder / "client_secret").write_text(f"{CANARY}\n")
    file = folder / "custom/outline.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(TEXT.format(secret=folder / "client_secret", url=url, grants=grants))
    return file


def objects(store: Memory, model: str) -> list[dict[str, Any]]:
    return [found for found in load_objects(store).values() if found["model"] == model]


def identity_provider(store: Store, trusted: str = "") -> Flask:
    """The server's part, with its reputations and its outpost."""
    web = Flask("authentik")
    flows = Flows(store=store, reputation=Reputation(store, 3600))
    server = Server(store=store, flows=flows, trusted=trusted)
    server.attach(web)
    Saml(store=store, flows=flows).attach(web)
    Outpost(store=store, codes=server.codes).attach(web)
    return web


def logged_in(client: FlaskClient, user: str, base: str = "http://localhost") -> list[Json]:
    """All that the login asked somebody."""
    visitor, asked = Visitor(name=user), [_said(client.get(EXECUTOR, base_url=base))]
    while asked[-1]["component"] not in (DONE, DENIED):
        answer = visitor.answer(asked[-1])
        asked.append(_said(client.post(EXECUTOR, base_url=base, json=answer, follow_redirects=True)))
    return asked


def _said(answer: TestResponse) -> Json:
    found: Json = json.loads(answer.data)
    return found
