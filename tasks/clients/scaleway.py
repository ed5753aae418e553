"""The official Scaleway client over a transport that gives up, tries again and logs no content."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import requests
from scaleway import Client, ScalewayException
from scaleway.secret.v1beta1 import SecretV1Beta1API
from scaleway_core.api import API
from scaleway_core.validations.string_validation import (
    is_access_key,
    is_organization_id,
    is_project_id,
    is_region,
    is_secret_key,
    is_url,
    is_zone,
)

from tasks.clients.http import TIMEOUT_SECONDS, session

T = TypeVar("T")

VARIABLES: Final[dict[str, Callable[[str], bool]]] = {
    "SCW_ACCESS_KEY": is_access_key,
    "SCW_SECRET_KEY": is_secret_key,
    "SCW_DEFAULT_PROJECT_ID": is_project_id,
    "SCW_DEFAULT_REGION": is_region,
}
OPTIONAL: Final[dict[str, Callable[[str], bool]]] = {
    "SCW_DEFAULT_ORGANIZATION_ID": is_organization_id,
    "SCW_DEFAULT_ZONE": is_zone,
    "SCW_API_URL": lambda url: is_url(url) and not url.endswith("/"),
}
"""What the SDK reads as well, and refuses by its own words, which name no variable."""
POLICY: Final = "@permissions@"
REFUSED: Final = (
    "access refused; check SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID, "
    f"and that the key's IAM policy allows {POLICY}"
)
PLACE: Final = "check SCW_DEFAULT_REGION and SCW_DEFAULT_PROJECT_ID"
REASONS: Final = {
    401: REFUSED,
    403: REFUSED,
    404: f"there is no such thing in this project and region; {PLACE}",
    410: f"it is gone for good; {PLACE}",
    429: "too many requests; wait a minute and run it again",
}
TYPES: Final = {
    "quotas_exceeded": "the project's quota is used up{}; ask for more in the console, Organization, Quotas",
    "out_of_stock": "Scaleway has none left; try again later",
    "resource_locked": "Scaleway has locked it; the console says why",
    "transient_state": "it is being changed; wait a minute and run it again",
    "expired": "the API key has expired; make another in the console, IAM, API keys, and set it in .env",
}
"""What an error of the API is, by its `type` or the `reason` of a denied key: its message alone says less."""


class QuietClient(Client):
    """The SDK's client without its repr, which shows the secret key."""

    def __repr__(self) -> str:
        return f"QuietClient({self.api_url})"


def client() -> QuietClient:
    """Credentials, project and region come from SCW_* variables; ValueError names those that are wrong."""
    wrong = [name for name, good in VARIABLES.items() if not good(os.environ.get(name, ""))]
    wrong += [name for name, good in OPTIONAL.items() if name in os.environ and not good(os.environ[name])]
    if wrong:
        # Said here, since the SDK's own message quotes a malformed secret key.
        raise ValueError(
            f"Scaleway: missing or malformed: {', '.join(wrong)}; set them in .env, see .env.example"
        )
    made: QuietClient = QuietClient.from_env()
    return made


class PatientApi(API):
    """A product's API; requests are made, answers are read and errors are named by the SDK.

    Only the one method that sends a request is ours. The SDK's own has no timeout and no retries, logs
    secrets at DEBUG, takes the token along when redirected, and fails on an error page that is not JSON.
    """

    permissions = ""
    """What an IAM policy must allow, in words."""
    repeats_posts = True
    """Whether a POST whose answer was lost may be sent again."""

    def __init__(self, client: QuietClient, timeout: float = TIMEOUT_SECONDS) -> None:
        super().__init__(client)
        self._timeout, self._session = timeout, session(repeats_posts=self.repeats_posts)

    def explained(self, what: str, call: Callable[[], T]) -> T:
        """The call's result; its failures as a ValueError that shows neither token nor content."""
        try:
            return call()
        except ScalewayException as error:
            reason = _reason(error.response).replace(POLICY, self.permissions)
        except requests.RequestException as error:
            reason = f"{type(error).__name__} at {self.client.api_url}; check the network and SCW_API_URL"
        raise ValueError(f"{what}: {reason}")

    def _request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> requests.Response:
        response = self._session.request(
            method,
            f"{self.client.api_url}{path}",
            params=params,
            headers=self._headers() | dict(headers or {}),
            data=None if body is None else json.dumps(body),
            timeout=self._timeout,
            allow_redirects=False,
        )
        if not 200 <= response.status_code < 300:
            raise ScalewayException(response)
        return response

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": self.client.user_agent,
            "X-Auth-Token": self.client.secret_key or "",
        }


class SecretApi(PatientApi, SecretV1Beta1API):
    """Secret Manager."""

    permissions = "SecretManagerFullAccess or, to read, SecretManagerSecretAccess"


def _reason(response: requests.Response) -> str:
    if response.status_code >= 500:
        return f"the API fails with HTTP {response.status_code}; try again later, see status.scaleway.com"
    try:
        answer = dict(response.json())
    except (ValueError, TypeError):
        answer = {}
    kind = next((str(answer[key]) for key in ("reason", "type") if answer.get(key) in TYPES), "")
    if kind:
        return TYPES[kind].format(_quotas(answer.get("details")))
    said = " ".join(str(answer.get("message", "no message")).split())
    return REASONS.get(response.status_code, f"the API says HTTP {response.status_code}: {said}")


def _quotas(details: object) -> str:
    """Which quotas are used up, in brackets; empty if the API does not say."""
    names = (
        [each.get("resource") for each in details if isinstance(each, dict)]
        if isinstance(details, list)
        else []
    )
    return f" ({', '.join(map(str, names))})" if names else ""
