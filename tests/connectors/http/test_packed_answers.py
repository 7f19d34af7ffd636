"""Answers that are received as they came, and unpacked while another request may be under way."""

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from slipwatch.aggregator.connector import Context, Retry
from slipwatch.connectors.answers import Answer, unpacked
from slipwatch.connectors.http import Policy
from slipwatch.connectors.session import received

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PACKED = {"content-encoding": "gzip"}
SECONDARY = b'{"message": "You have exceeded a secondary rate limit"}'


def _ask(answers: Iterator[Answer], **settings: Any) -> tuple[Answer, list[float]]:
    slept: list[float] = []
    context = Context(now=lambda: NOW, sleep=slept.append)
    policy = Policy(source="jira", context=context, jitter=lambda: 1.0, **settings)
    return policy.send(lambda: next(answers), what="GET /things"), slept


def _is_limited(answer: Answer) -> bool:
    return b"RATE_LIMITED" in answer.body


def _packed(body: bytes, status: int = 200) -> Answer:
    return Answer(status=status, headers=PACKED, body=gzip.compress(body))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("coding", ["gzip", "deflate", None])
def test_what_a_server_packs_is_what_it_meant(
    server: Any, coding: str | None, packed: bool
) -> None:
    body = b'{"things": [1, 2]}'
    sent = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), None: body}
    headers = {} if coding is None else {"Content-Encoding": coding}
    server.answers = [(200, headers, sent[coding])]

    with requests.Session() as session, session.get(server.url, stream=True) as response:
        answer = unpacked(received(response, packed=packed))

    assert isinstance(answer, Answer)
    assert answer.body == body
    assert "content-encoding" not in answer.headers


def test_a_policy_returns_what_was_packed() -> None:
    answer, slept = _ask(iter([_packed(b'{"things": []}')]))

    assert answer.body == b'{"things": []}'
    assert slept == []


def test_a_body_that_cannot_be_unpacked_is_asked_for_again() -> None:
    bad = Answer(status=200, headers=PACKED, body=b"[]")

    answer, slept = _ask(iter([bad, _packed(b"[]")]))

    assert answer.body == b"[]"
    assert slept == [1.0]
    with pytest.raises(Retry, match="broke off"):
        _ask(iter([bad] * 5))


def test_a_limit_that_only_a_packed_body_tells_of_is_seen() -> None:
    refused = iter([_packed(SECONDARY, status=403), _packed(b"{}")])
    hidden = iter([_packed(b'{"errors": [{"type": "RATE_LIMITED"}]}'), _packed(b"{}")])

    assert _ask(refused)[1] == [1.0]
    assert _ask(hidden, limited=_is_limited)[1] == [1.0]
