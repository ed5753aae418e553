"""What products of the Scaleway API stand-in share: the real API's error documents and pages."""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
PAGE_SIZE = 20


class ApiError(Exception):
    """An answer that is not a success: an HTTP status and the error document of the real API."""

    def __init__(self, status: int, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"message": message, "type": kind, **details}


def invalid(argument: str, reason: str, help_message: str) -> ApiError:
    details = [{"argument_name": argument, "reason": reason, "help_message": help_message}]
    return ApiError(400, "invalid_arguments", "invalid argument(s)", details=details)


def not_found(resource: str, resource_id: str) -> ApiError:
    return ApiError(404, "not_found", "resource is not found", resource=resource, resource_id=resource_id)


def forbidden(action: str, resource: str) -> ApiError:
    details = [{"action": action, "resource": resource}]
    return ApiError(403, "permissions_denied", "insufficient permissions", details=details)


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def page(key: str, found: list[Json], query: Json) -> Json:
    """The page of a list that the query asks for."""
    size, number = int(query.get("page_size", PAGE_SIZE)), int(query.get("page", 1))
    return {key: found[(number - 1) * size : number * size], "total_count": len(found)}
