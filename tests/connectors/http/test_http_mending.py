"""JSON that a tracker wrote carelessly is read all the same; what is no JSON is not."""

import json

import pytest

from slipwatch.connectors.mending import strict_json


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[1, 2]", b'{"a": "\\ud83d\\ude00 \\\\ud83d \\u00e9"}', '{"a": "é 😀"}'.encode()],
    ids=repr,
)
def test_strict_json_is_left_as_it_is(body: bytes) -> None:
    assert strict_json(body) is body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a": "x\\ud83d"}', "x\ufffd"),
        (b'{"a": "\\ud83dx"}', "\ufffdx"),
        (b'{"a": "\\ude00\\ud83d"}', "\ufffd\ufffd"),
        (b'{"a": "\\ud83d\\ud83d\\ude00"}', "\ufffd😀"),
        (b'{"a": "\\\\\\uDABC \\\\ud83d"}', "\\\ufffd \\ud83d"),
        (b'{"a": "caf\xe9"}', "caf\ufffd"),
        (b'{"a": "\xed\xa0\xbd"}', "\ufffd\ufffd\ufffd"),
        (b'{"a": "one\ntwo\x00\x1f"}', "one two  "),
        (b'\xef\xbb\xbf{"a": "x"}', "x"),
    ],
    ids=repr,
)
def test_what_no_text_can_hold_is_replaced_and_the_rest_is_kept(body: bytes, text: str) -> None:
    mended = strict_json(body)

    assert mended is not None
    assert json.loads(mended) == {"a": text}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"a": "\\ud83d"', b'{"a": 1}}', b"[" * 100_000, b"\xff\xfe{\x00}\x00"],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_not_made_up(body: bytes) -> None:
    assert strict_json(body) is None
