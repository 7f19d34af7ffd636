"""GitLab's webhooks: whether a delivery is to be believed, and what it says.

https://docs.gitlab.com/user/project/integrations/webhooks: GitLab sends the secret token itself
in ``X-Gitlab-Token``, and the same ``Idempotency-Key`` when it sends a delivery again.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from slipwatch.aggregator.connector import Delivery, HookRefusedError
from slipwatch.aggregator.records import Batch, Change, ChangedField
from slipwatch.config.sources import HttpSourceSettings

from ..hooks import decode, delivery_id

SIGNATURE = "x-gitlab-token"

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


def verify(settings: HttpSourceSettings, headers: Mapping[str, str]) -> None:
    """Compare the secret token in constant time.

    Raises ``HookRefusedError``, and ``MissingSecretError`` where the secret cannot be read.
    """
    webhook = settings.webhook
    if webhook is None:
        raise HookRefusedError("no secret is configured", status=404)
    stated = headers.get(SIGNATURE, "").encode("utf-8", "replace")
    known = [each.reveal() for each in (webhook.secret, webhook.previous) if each is not None]
    if sum(hmac.compare_digest(secret.encode(), stated) for secret in known) == 0:
        raise HookRefusedError("its secret token is missing or wrong", status=401)


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
    name = "idempotency-key" if "idempotency-key" in headers else "x-gitlab-event-uuid"
    identity = delivery_id(headers, name, body, SIGNATURE)
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
