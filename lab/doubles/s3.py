"""Put and get of one object by AWS signature 4, path style: all that a double wants of a bucket."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import quote, urlsplit

import requests

TIMEOUT = 5  # seconds


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket at an S3 endpoint such as https://s3.example.org."""

    endpoint: str
    region: str
    name: str
    access_key: str
    secret_key: str

    def put(self, key: str, content: bytes) -> None:
        self._send("PUT", key, content)

    def get(self, key: str) -> bytes:
        return self._send("GET", key, b"")

    def _send(self, method: str, key: str, content: bytes) -> bytes:
        url = f"{self.endpoint.rstrip('/')}/{quote(self.name)}/{quote(key)}"
        headers = self.headers(method, url, content, datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
        answer = requests.request(method, url, data=content, headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.content

    def headers(self, method: str, url: str, content: bytes, moment: str) -> dict[str, str]:
        """The signed headers of a request at `moment`, e.g. 20260102T030405Z."""
        digest = hashlib.sha256(content).hexdigest()
        parts = urlsplit(url)
        signed = {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": moment}
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        request = "\n".join([method, parts.path, "", lines, ";".join(signed), digest])
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
        credential = f"Credential={self.access_key}/{scope}, SignedHeaders={';'.join(signed)}"
        return signed | {
            "Authorization": f"AWS4-HMAC-SHA256 {credential}, Signature={self._sign(scope, text)}"
        }

    def _sign(self, scope: str, text: str) -> str:
        steps = [*scope.split("/"), text]
        return reduce(_mac, steps, f"AWS4{self.secret_key}".encode()).hex()


def _mac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
