"""What no sync can be faster than: one session that fetches the same pages and parses them."""

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from slipwatch.demo import CLOUD_TOKEN, DATA_CENTER_TOKEN, GITHUB_TOKEN, User
from tests.acceptance.worlds import Kind

ACCOUNT = User("slipwatch", "Slipwatch Service", 900)


class _Fields(msgspec.Struct):
    created: str
    updated: str
    summary: str


class _Ticket(msgspec.Struct):
    id: str
    key: str
    fields: _Fields


class _Search(msgspec.Struct):
    issues: list[_Ticket]


class _Issue(msgspec.Struct):
    id: int
    number: int
    title: str
    created_at: str
    updated_at: str


def fetch(url: str, kind: Kind, pages: Sequence[str]) -> float:
    """Fetch pages (path and query) of a site one by one; give the seconds of computing."""
    with requests.Session() as session:
        if kind is Kind.CLOUD:
            session.auth = (ACCOUNT.email, CLOUD_TOKEN)
        else:
            token = DATA_CENTER_TOKEN if kind is Kind.DATACENTER else GITHUB_TOKEN
            session.headers["Authorization"] = f"Bearer {token}"
        began = time.process_time()
        for page in pages:
            answer = session.get(url + page, timeout=60)
            answer.raise_for_status()
            msgspec.json.decode(answer.content, type=_shape(page))
        return time.process_time() - began


def _shape(page: str) -> Any:
    path = urlsplit(page).path
    if "/search" in path:
        return _Search
    return list[_Issue] if path.endswith("/issues") else object
