"""Searching a Jira site page by page, by token (Cloud) or by offset (Data Center)."""

import base64
import binascii
import hashlib
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Self, cast

import msgspec

from .jira_objects import JiraIssue
from .jira_site import JiraSite
from .jql import JqlError, Query, SortKey, parse
from .routing import ApiError, Call

DEFAULT_PAGE = 50
CLOUD_PAGE = 100
CLOUD_ID_PAGE = 5000
"""When nothing but ids and keys are asked for."""
DATA_CENTER_PAGE = 1000
DATA_CENTER_WINDOW = 10_000
"""What the search engine under Data Center lets one page through."""

_CACHE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """The parameters of a search, from the query of a GET or the body of a POST."""

    jql: str
    fields: tuple[str, ...]
    changelog: bool
    max_results: int
    start_at: int
    token: str | None

    @classmethod
    def read(cls, call: Call) -> Self:
        """Read them; raises ``ApiError`` 400 for a body of the wrong shape."""
        if call.request.method == "GET":
            token = call.query.get("nextPageToken")
            return cls(
                jql=call.query.get("jql", ""),
                fields=_names(call.query.get("fields")),
                changelog="changelog" in _names(call.query.get("expand")),
                max_results=call.integer("maxResults", DEFAULT_PAGE),
                start_at=max(0, call.integer("startAt", 0)),
                token=token,
            )
        body = call.json()
        posted = body.get("nextPageToken")
        return cls(
            jql=str(body.get("jql") or ""),
            fields=_names(body.get("fields")),
            changelog="changelog" in _names(body.get("expand")),
            max_results=_integer(body.get("maxResults"), DEFAULT_PAGE),
            start_at=max(0, _integer(body.get("startAt"), 0)),
            token=None if posted is None else str(posted),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the issues that a query matches."""

    issues: list[JiraIssue]
    total: int
    size: int
    token: str | None = None


@dataclass(frozen=True, slots=True)
class _Result:
    query: Query
    keys: list[SortKey]
    issues: list[JiraIssue]


class Searches:
    """Runs searches of one site and keeps the results of the last few until it changes."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._results: OrderedDict[tuple[str, int, datetime], _Result] = OrderedDict()

    def _run(self, jql: str, now: datetime) -> _Result:
        cached = (jql, self._site.revision, now)
        result = self._results.get(cached)
        if result is None:
            try:
                query = parse(jql, self._site, now)
            except JqlError as error:
                raise ApiError(400, str(error)) from None
            found = query.run(self._site)
            result = _Result(query, [key for key, _ in found], [issue for _, issue in found])
            self._results[cached] = result
            if len(self._results) > _CACHE:
                self._results.popitem(last=False)
        return result

    def _run_bounded(self, jql: str, now: datetime) -> _Result:
        result = self._run(jql, now)
        if not result.query.bounded:
            raise ApiError(
                400,
                "Unbounded JQL queries are not allowed here. "
                "Please add a search restriction to your query.",
            )
        return result

    def count(self, request: SearchRequest, now: datetime) -> int:
        """Count the matches, as ``approximate-count`` does."""
        return len(self._run_bounded(request.jql, now).issues)

    def page_by_token(self, request: SearchRequest, now: datetime) -> Page:
        """Return the page after the token.

        A token holds the place in the order, not an offset: issues that change between two
        pages are neither skipped nor repeated unless they themselves moved past it.
        """
        result = self._run_bounded(request.jql, now)
        only_ids = set(request.fields) <= {"id", "key"} and not request.changelog
        largest = CLOUD_ID_PAGE if only_ids else CLOUD_PAGE
        size = min(max(1, request.max_results), largest)
        start = 0
        if request.token is not None:
            start = bisect_right(result.keys, _decode_token(request.token, request.jql))
        issues = result.issues[start : start + size]
        token = None
        if start + size < len(result.issues):
            token = _encode_token(result.keys[start + size - 1], request.jql)
        return Page(issues, len(result.issues), size, token)

    def page_by_offset(self, request: SearchRequest, now: datetime) -> Page:
        """Return the page at ``startAt``; raises ``ApiError`` 500 beyond the search window."""
        result = self._run(request.jql, now)
        if request.start_at >= DATA_CENTER_WINDOW:
            raise ApiError(
                500,
                "Search limit exceeded. Result window is too large, from + size must be less "
                f"than or equal to: [{DATA_CENTER_WINDOW}].",
            )
        asked = DATA_CENTER_PAGE if request.max_results < 0 else request.max_results
        size = min(asked, DATA_CENTER_PAGE)
        issues = result.issues[request.start_at : request.start_at + size]
        return Page(issues, len(result.issues), size)


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    if isinstance(value, list):
        return tuple(str(name) for name in cast("list[object]", value))
    return ()


def _integer(value: object, default: int) -> int:
    return value if isinstance(value, int) else default


def _digest(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:16]


def _encode_token(key: SortKey, jql: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([_digest(jql), key])).decode()


def _decode_token(token: str, jql: str) -> SortKey:
    try:
        digest, key = msgspec.json.decode(
            base64.urlsafe_b64decode(token), type=tuple[str, list[object]]
        )
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise ApiError(400, "Invalid nextPageToken.") from None
    if digest != _digest(jql):
        raise ApiError(400, "The nextPageToken belongs to another search.")
    return tuple(
        tuple(cast("list[object]", part)) if isinstance(part, list) else part for part in key
    )
