"""Whom the SMTP server lets in: as at Scaleway, by the project's ID and the secret half of an API key.

Rules: https://www.scaleway.com/en/docs/transactional-email/reference-content/smtp-configuration/
"""

import json
from pathlib import Path

from .scaleway_common import Json
from .scaleway_iam import POOL, permission_sets

MAY_SEND = "TransactionalEmailEmailSmtpCreate"


def account(state: Path, project: str, user: str, password: str) -> str | None:
    """The application that logs in so, None if none may. `state` is what the API stand-in knows."""
    access_key = {secret_key: access_key for access_key, secret_key in POOL}.get(password)
    if user != project or not access_key or not state.exists():
        return None
    iam: Json = json.loads(state.read_text()).get("iam", {})
    application = iam.get("keys", {}).get(access_key, {}).get("application_id")
    if not application or MAY_SEND not in permission_sets(iam, application):
        return None
    return str(iam["applications"][application]["name"])
