"""An object store in memory that answers as boto3's client does."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

ABSENT = {"_cors": "NoSuchCORSConfiguration", "_policy": "NoSuchBucketPolicy"}


def refusal(code: str, said: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": said}}, "Any")


@dataclass
class BucketStore:
    """One bucket at most, what was said of it, and every call that changed something."""

    exists: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    """Answers by the name of the call without `get_bucket_`."""
    changed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """Call, or call and bucket: the code that it is refused with."""
    names: set[str] = field(default_factory=set)
    """Of the buckets that were asked about."""
    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name="fr-par"))

    def __getattr__(self, call: str) -> Any:
        return lambda **given: self._called(call, given)

    def _called(self, call: str, given: dict[str, Any]) -> dict[str, Any]:
        self.names.add(given["Bucket"])
        for refused in (call, f"{call} {given['Bucket']}"):
            if refused in self.refuses:
                raise refusal(self.refuses[refused], "as the test wants it")
        if call == "head_bucket" and not self.exists:
            raise refusal("404")
        kind, _, what = call.partition("_bucket")
        if kind == "get" and what.strip("_") not in self.told:
            raise refusal(ABSENT.get(what, "NoSuchLifecycleConfiguration"))
        if kind == "get":
            return dict(self.told[what.strip("_")])
        if kind != "head":
            self.changed.append((call, given))
        return {}
