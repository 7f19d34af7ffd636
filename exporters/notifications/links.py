"""Links by which people acknowledge what a message told them: signed, and good for some time.

Whoever has the link may use it, as whoever has the message: nobody logs in.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

_TOKEN = re.compile(r"([0-9a-f]{24})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


class BadLinkError(Exception):
    """Nobody was sent a link like this."""


class ExpiredLinkError(Exception):
    """The link was good once."""


def sign(key: bytes, message: str, expires: datetime) -> str:
    """Write the token of a link about a message, by the key of which it is named."""
    until = int(expires.timestamp())
    return f"{message}.{until}.{_signature(key, message, until)}"


def verify(key: bytes, token: str, *, now: datetime) -> str:
    """Read the key of the message; raises ``BadLinkError`` and ``ExpiredLinkError``."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise BadLinkError
    message, until = parts[1], int(parts[2])
    if not hmac.compare_digest(parts[3], _signature(key, message, until)):
        raise BadLinkError
    if datetime.fromtimestamp(until, UTC) <= now:
        raise ExpiredLinkError
    return message


def _signature(key: bytes, message: str, until: int) -> str:
    digest = hmac.new(key, f"acknowledge {message} {until}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
