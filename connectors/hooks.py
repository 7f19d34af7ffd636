"""What webhooks of every tracker have in common: a signature over the raw body, and an id.

No message here quotes a delivery: whoever sent it may not be who they say.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from slipwatch.aggregator.connector import HookRefusedError
from slipwatch.config.sources import HttpSourceSettings

_T = TypeVar("_T")

_LONGEST_ID = 200


def verify(settings: HttpSourceSettings, signature: str | None, body: bytes) -> None:
    """Check ``sha256=…``, the HMAC of the body as it came, in constant time.

    Raises ``HookRefusedError``, and ``MissingSecretError`` where the secret cannot be read.
    """
    webhook = settings.webhook
    if webhook is None:
        raise HookRefusedError("no secret is configured", status=404)
    stated = (signature or "").strip().encode("utf-8", "replace")
    genuine = False
    for secret in (webhook.secret, webhook.previous):
        if secret is not None:
            digest = hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
            genuine |= hmac.compare_digest(f"sha256={digest}".encode(), stated)
    if not stated:
        raise HookRefusedError("it is not signed", status=401)
    if not genuine:
        raise HookRefusedError("it is signed with another secret", status=401)


def delivery_id(headers: Mapping[str, str], header: str, body: bytes, signature: str) -> str:
    """Give the tracker's own id of a delivery; where it states none, the delivery is its own."""
    stated = headers.get(header, "").strip()
    if 0 < len(stated) <= _LONGEST_ID:
        return stated
    return hashlib.sha256(headers.get(signature, "").encode() + b"\n" + body).hexdigest()


def decode(body: bytes | str, kind: type[_T]) -> _T:
    """Read a verified body; raises ``HookRefusedError`` for what is no such delivery."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise HookRefusedError("its body is not what this tracker sends", status=400) from None
