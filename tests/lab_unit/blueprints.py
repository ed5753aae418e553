"""A blueprint as a deploy writes it, and a store without a database, for tests of the double of authentik."""

from pathlib import Path
from typing import Any

from lab.doubles.authentik.store import load_objects

CANARY = "canary-of-the-client-secret"
BLUEPRINT = """
version: 1
metadata: {{name: guildhall-outline}}
entries:
  - model: authentik_blueprints.metaapplyblueprint
    attrs: {{identifiers: {{name: Default}}, required: true}}
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
    """A store without a database."""

    def put(self, key: str, value: str) -> None:
        self[key] = value

    def add(self, key: str, value: str) -> None:
        self.setdefault(key, value)


def blueprint(folder: Path, url: str, grants: str = "[authorization_code, refresh_token]") -> Path:
    (folder / "client_secret").write_text(f"{CANARY}\n")
    file = folder / "outline.yaml"
    file.write_text(BLUEPRINT.format(secret=folder / "client_secret", url=url, grants=grants))
    return file


def objects(store: Memory, model: str) -> list[dict[str, Any]]:
    return [found for found in load_objects(store).values() if found["model"] == model]
