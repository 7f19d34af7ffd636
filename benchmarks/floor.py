"""What no sync can be faster than: one session that fetches the same pages and parses them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec
import requests

from slipwatch.demo import CLOUD_TOKEN, DATA_CENTER_TOKEN, GITHUB_TOKEN, User
from tests.acceptance.worlds import Kind

from .site import Asked

PARSER = "orjson" if find_spec("orjson") is not None else "msgspec"
"""Which library parses: the one that people would take, where it is installed."""

ACCOUNT = User("slipwatch", "Slipwatch Service", 900)


def _parser() -> Callable[[bytes], Any]:
    if PARSER == "msgspec":
        return msgspec.json.decode
    loads: Callable[[bytes], Any] = import_module(PARSER).loads
    return loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """How long the same pages take a bare session."""

    seconds: float
    cpu: float
    size: int
    """Bytes of all answers."""


def fetch(url: str, kind: Kind, pages: Sequence[Asked]) -> Floor:
    """Fetch pages of a site one by one, and parse them to plain objects."""
    read = _parser()
    size = 0
    with requests.Session() as session:
        if kind is Kind.CLOUD:
            session.auth = (ACCOUNT.email, CLOUD_TOKEN)
        else:
            token = DATA_CENTER_TOKEN if kind is Kind.DATACENTER else GITHUB_TOKEN
            session.headers["Authorization"] = f"Bearer {token}"
        began, computed = time.monotonic(), time.process_time()
        for page in pages:
            headers = {"Content-Type": "application/json"} if page.body else {}
            answer = session.request(
                page.method, url + page.target, data=page.body, headers=headers, timeout=60
            )
            if answer.content:
                size += len(answer.content)
                read(answer.content)
        return Floor(
            seconds=time.monotonic() - began, cpu=time.process_time() - computed, size=size
        )
