"""Paging of Jira's endpoints other than search: by offset, or by a token that hides one."""

import base64
import hashlib
from typing import cast

import msgspec

from .routing import ApiError, Call

Json = dict[str, object]


def offset_page(call: Call, values: list[Json], *, largest: int, default: int = 50) -> Json:
    start = max(0, call.integer("startAt", 0))
    size = min(max(1, call.integer("maxResults", default)), largest)
    page = values[start : start + size]
    return {
        "self": f"{call.base}{call.path}?maxResults={size}&startAt={start}",
        "maxResults": size,
        "startAt": start,
        "total": len(values),
        "isLast": start + len(page) >= len(values),
        "values": page,
    }


def strings(body: dict[str, object], name: str) -> list[str]:
    value = body.get(name) or []
    if isinstance(value, str):
        return value.split(",")
    if not isinstance(value, list):
        raise ApiError(400, f"{name} must be a list.")
    return [str(entry) for entry in cast("list[object]", value)]


def bounded(value: object, *, default: int, largest: int) -> int:
    return min(max(1, value), largest) if isinstance(value, int) else default


def _digest(wanted: list[str]) -> str:
    return hashlib.sha256(",".join(wanted).encode()).hexdigest()[:16]


def offset_token(offset: int, wanted: list[str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([_digest(wanted), offset])).decode()


def offset_of(token: object, wanted: list[str]) -> int:
    if token is None:
        return 0
    try:
        digest, offset = msgspec.json.decode(
            base64.urlsafe_b64decode(str(token)), type=tuple[str, int]
        )
    except (ValueError, msgspec.DecodeError):
        raise ApiError(400, "Invalid nextPageToken.") from None
    if digest != _digest(wanted):
        raise ApiError(400, "Invalid nextPageToken.")
    return offset
