"""The official Scaleway client over a transport that gives up, tries again and logs no content."""

import json
from collections.abc import Mapping
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from scaleway import Client, ScalewayException
from scaleway.secret.v1beta1 import SecretV1Beta1API
from urllib3.util import Retry

TIMEOUT_SECONDS: Final = 10.0
CONNECTIONS: Final = 20
# Three tries of ten seconds and two pauses of at most five: a call ends within forty seconds.
RETRY: Final = Retry(
    total=2,
    backoff_factor=0.5,
    retry_after_max=5,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
)


class QuietClient(Client):
    """The SDK's client without its repr, which shows the secret key."""

    def __repr__(self) -> str:
        return f"QuietClient({self.api_url})"


class SecretApi(SecretV1Beta1API):
    """Secret Manager's API; requests are made, answers are read and errors are named by the SDK.

    Only the one method that sends a request is ours. The SDK's own has no timeout and no retries, logs
    secrets at DEBUG, takes the token along when redirected, and fails on an error page that is not JSON.
    """

    def __init__(self, client: QuietClient, timeout: float) -> None:
        super().__init__(client)
        self._timeout, self._session = timeout, requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=RETRY, pool_maxsize=CONNECTIONS))

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
