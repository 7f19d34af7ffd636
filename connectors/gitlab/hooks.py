"""GitLab's webhooks: whether a delivery is to be believed, and what it says.

https://docs.gitlab.com/user/project/integrations/webhooks: with a signing token (``whsec_…``)
GitLab signs id, time and body as standardwebhooks.com has it; a secret token it sends as it is,
in ``X-Gitlab-Token``. When it sends a delivery again, the id (``Idempotency-Key``) is the same.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from slipwatch.aggregator.connector import Delivery, HookRefusedError
from slipwatch.aggregator.records import Batch, Change, ChangedField
from slipwatch.config.sources import HttpSourceSettings

from ..hooks import decode, delivery_id

STATED = "x-gitlab-token"
SIGNATURE = "webhook-signature"
ID = "webhook-id"

_SENT = "webhook-timestamp"
_SIGNING = "whsec_"
_MOST_SIGNATURES = 5
_STALE = timedelta(days=1)
"""Ids of deliveries are remembered for longer: what is sent once more is known by its own."""

_IDS = (ID, "idempotency-key", "x-gitlab-event-uuid")
"""The one that is signed goes first."""

_ISSUES = frozenset({"issue", "confidential_issue", "work_item", "note", "milestone"})


class _Where(Struct, frozen=True):
    path_with_namespace: str | None = None
    full_path: str | None = None


class _Moved(Struct, frozen=True):
    previous: str | None = None
    current: str | None = None


class _Changes(Struct, frozen=True):
    due_date: _Moved | None = None


class _Attributes(Struct, frozen=True):
    id: int | None = None
    updated_at: str | None = None


class _User(Struct, frozen=True):
    username: str | None = None


class _Event(Struct, frozen=True):
    object_kind: str
    project: _Where | None = None
    group: _Where | None = None
    object_attributes: _Attributes | None = None
    changes: _Changes | None = None
    user: _User | None = None


def verify(
    settings: HttpSourceSettings, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> None:
    """Check the signature, where the secret is a signing token, else the secret token itself.

    In constant time. Raises ``HookRefusedError``, and ``MissingSecretError`` where the secret
    cannot be read.
    """
    webhook = settings.webhook
    if webhook is None:
        raise HookRefusedError("no secret is configured", status=404)
    genuine = False
    for each in (webhook.secret, webhook.previous):
        if each is not None:
            secret = each.reveal()
            signs = secret.startswith(_SIGNING)
            genuine |= _signed(headers, body, secret) if signs else _stated(headers, secret)
    if not genuine:
        raise HookRefusedError("its signature or secret token is missing or wrong", status=401)
    sent = headers.get(_SENT)
    if SIGNATURE in headers and (sent is None or _age(sent, now) > _STALE):
        raise HookRefusedError("it was signed too long ago", status=401)


def _stated(headers: Mapping[str, str], secret: str) -> bool:
    return hmac.compare_digest(secret.encode(), headers.get(STATED, "").encode("utf-8", "replace"))


def _signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether one of the signatures is the HMAC of id, time and body: ``v1,BASE64 v1,…``."""
    try:
        key = base64.b64decode(secret.removeprefix(_SIGNING), validate=True)
    except binascii.Error:
        return False
    head = f"{headers.get(ID, '')}.{headers.get(_SENT, '')}.".encode("utf-8", "replace")
    digest = hmac.new(key, head + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    stated = headers.get(SIGNATURE, "").encode("utf-8", "replace").split()
    return any(hmac.compare_digest(expected, one) for one in stated[:_MOST_SIGNATURES])


def _age(sent: str, now: datetime) -> timedelta:
    try:
        return now - datetime.fromtimestamp(int(sent), UTC)
    except (ValueError, OverflowError, OSError):
        return timedelta.max


def read(headers: Mapping[str, str], body: bytes, names: Mapping[str, str]) -> Delivery:
    """Read a delivery; ``names`` are scopes by folded path. Raises ``HookRefusedError`` 400."""
    event = decode(body, _Event)
    where = [
        path
        for place in (event.project, event.group)
        if place is not None
        for path in (place.path_with_namespace, place.full_path)
        if path is not None
    ]
    scopes = tuple(dict.fromkeys(names[p.casefold()] for p in where if p.casefold() in names))
    about = event.object_kind in _ISSUES
    name = next((one for one in _IDS if one in headers), _IDS[-1])
    identity = delivery_id(headers, name, body, STATED)
    return Delivery(
        id=identity,
        event=event.object_kind,
        scopes=scopes if about else (),
        batch=_batch(event, identity) if about and scopes else None,
    )


def _batch(event: _Event, identity: str) -> Batch | None:
    """What the API keeps no history of: an issue's due date that moved."""
    attributes, changes = event.object_attributes, event.changes
    if event.object_kind not in ("issue", "work_item") or attributes is None or changes is None:
        return None
    at, due = _time(attributes.updated_at), changes.due_date
    if due is None or due.previous == due.current or attributes.id is None or at is None:
        return None
    change = Change(
        item=str(attributes.id),
        id=f"hook:{identity}",
        at=at,
        field=ChangedField.DUE,
        old=due.previous,
        new=due.current,
        actor=event.user.username if event.user is not None else None,
    )
    return Batch(cursor={}, changes=(change,))


def _time(text: str | None) -> datetime | None:
    """Read ``2026-01-05 09:00:00 UTC``, as webhooks write it, or ISO 8601."""
    try:
        at = datetime.fromisoformat((text or "").replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
