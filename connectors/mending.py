"""Answers that are JSON but for a character, as a strict decoder takes them.

Trackers cut texts by UTF-16 units and send half of an emoji (``"\\ud83d"``), keep bytes that are
no UTF-8 from older imports, and write control characters bare. One such issue would make a whole
page unreadable, at every sync, until somebody edited it.
"""

import re

import msgspec

_JSON = msgspec.json.Decoder(msgspec.Raw)
_HALF = r"u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(
    rf"\\(?:u[dD][89abAB][0-9a-fA-F]{{2}}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|({_HALF})|.)", re.DOTALL
)
_BARE = dict.fromkeys(range(0x20), " ")


def strict_json(body: bytes) -> bytes | None:
    """Give a body as JSON in UTF-8, the same object where it is; None for what is no JSON.

    What no text can hold becomes U+FFFD, and bare control characters spaces. Data nested
    without end is none either.
    """
    if _is_json(body) and _is_utf8(body):
        return body
    text = body.decode("utf-8-sig", errors="replace").translate(_BARE)
    mended = _ESCAPE.sub(_without_half, text).encode()
    return mended if _is_json(mended) else None


def _without_half(escape: re.Match[str]) -> str:
    return escape[0] if escape[1] is None else "\ufffd"


def _is_json(body: bytes) -> bool:
    try:
        _JSON.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_utf8(body: bytes) -> bool:
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False
