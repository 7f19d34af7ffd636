"""Messages on their way out: decided with the findings they are about, delivered afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from . import tables
from .acknowledgements import end, in_force
from .database import Writable, upsert
from .model import Decision, Notice, Notification, Said

_OPEN = tables.notifications.c.sent_at.is_(None) & tables.notifications.c.dead_at.is_(None)


def mark(connection: Connection) -> tuple[object, ...]:
    """Tell one state of what channels know from another: a decision never leaves it as it was."""
    told = tables.notices.c
    state = select(func.count(), func.max(told.changed_at), func.max(told.told_at))
    last = connection.scalar(select(func.max(tables.notifications.c.seq)))
    return (*connection.execute(state).one(), last)


def said(connection: Connection) -> Said:
    """Read what channels know, and where something is still on its way."""
    before = mark(connection)
    rows = connection.execute(select(tables.notices)).mappings()
    table = tables.notifications
    waiting = connection.execute(select(table.c.channel, table.c.thread).where(_OPEN))
    return Said(
        notices={(row["channel"], row["fingerprint"]): Notice(**row) for row in rows},
        waiting=frozenset((channel, thread) for channel, thread in waiting),
        acknowledged=in_force(connection),
        mark=before,
    )


def put(connection: Connection, decision: Decision, *, at: datetime) -> None:
    """Write a decision down."""
    table = tables.notices
    for channel, fingerprint in decision.forgotten:
        known = (table.c.channel == channel) & (table.c.fingerprint == fingerprint)
        connection.execute(delete(table).where(known))
    upsert(
        connection,
        table,
        [
            {column.name: getattr(notice, column.name) for column in table.columns}
            for notice in decision.notices
        ],
    )
    if decision.ended:
        end(connection, decision.ended, at=at)
    rows = [
        {
            "key": draft.key,
            "channel": draft.channel,
            "thread": draft.thread,
            "body": draft.body,
            "quiet": draft.quiet,
            "created_at": at,
            "attempts": 0,
        }
        for draft in decision.drafts
    ]
    if rows:
        connection.execute(insert(tables.notifications), rows)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A decision that was made before the transaction in which it is written."""

    decide: Callable[[Said], Decision]
    decision: Decision
    mark: tuple[object, ...]
    """Of what it was made from."""

    def put(self, connection: Connection, *, at: datetime) -> None:
        """Write it down, or decide again where somebody else has decided meanwhile."""
        holds = mark(connection) == self.mark
        put(connection, self.decision if holds else self.decide(said(connection)), at=at)


class Outbox(Writable):
    """Messages and how far they have come."""

    def said(self) -> Said:
        """Read what channels know, and where something is still on its way."""
        with self._reading() as connection:
            return said(connection)

    def claim_notification(
        self,
        channel: str,
        *,
        now: datetime,
        until: datetime,
        quiet: Callable[[Mapping[str, Any] | None], bool],
    ) -> Notification | None:
        """Take the oldest message of a channel that may be sent now, to nobody else ``until`` then.

        Messages that are to be ``quiet`` now are passed over. A message that has to wait holds
        back those behind it, so that they arrive in order. A process that dies with a claim
        leaves a message that is sent once more, under the same key.
        """
        table = tables.notifications
        statement = select(table).where(_OPEN, table.c.channel == channel).order_by(table.c.seq)
        with self._reading() as connection:
            # Most of the time there is nothing, and no writer has to be waited for.
            if connection.execute(statement.limit(1)).first() is None:
                return None
        with self._writing() as connection:
            for row in connection.execute(statement).mappings():
                if quiet(row["quiet"]):
                    continue
                if row["not_before"] is not None and row["not_before"] > now:
                    return None
                found = Notification(**row)
                claimed = replace(found, attempts=found.attempts + 1, not_before=until)
                connection.execute(
                    update(table)
                    .where(table.c.seq == claimed.seq)
                    .values(attempts=claimed.attempts, not_before=until)
                )
                return claimed
        return None

    def notification_sent(self, seq: int, *, at: datetime, receipt: str | None = None) -> None:
        """Note that a channel took a message."""
        self._set(seq, sent_at=at, error=None, receipt=receipt)

    def notification_failed(
        self, seq: int, error: str, *, at: datetime, again: datetime | None
    ) -> None:
        """Note that a channel did not take a message, and when to try ``again``; None: never."""
        self._set(seq, error=error, not_before=again, dead_at=at if again is None else None)

    def retry_notification(self, seq: int) -> bool:
        """Let a dead letter be tried again now; False when there is none of that number."""
        table = tables.notifications
        dead = (table.c.seq == seq) & table.c.dead_at.is_not(None)
        with self._writing() as connection:
            if connection.scalar(select(table.c.seq).where(dead)) is None:
                return False
            connection.execute(update(table).where(dead).values(dead_at=None, not_before=None))
        return True

    def notifications(self, *, undelivered: bool = False, most: int = 100) -> list[Notification]:
        """List messages, the newest first; with ``undelivered`` those that wait or are dead."""
        table = tables.notifications
        statement = select(table).order_by(table.c.seq.desc()).limit(most)
        if undelivered:
            statement = statement.where(table.c.sent_at.is_(None))
        with self._reading() as connection:
            return [Notification(**row) for row in connection.execute(statement).mappings()]

    def notification_counts(self) -> Mapping[str, tuple[int, int]]:
        """Count by channel the messages that wait and the dead letters."""
        table = tables.notifications
        statement = (
            select(table.c.channel, func.count(), func.count(table.c.dead_at))
            .where(table.c.sent_at.is_(None))
            .group_by(table.c.channel)
        )
        with self._reading() as connection:
            rows = connection.execute(statement)
            return {channel: (every - dead, dead) for channel, every, dead in rows}

    def delivered_at(self, thread: str) -> datetime | None:
        """Tell when a message of a conversation was last taken by a channel."""
        table = tables.notifications
        with self._reading() as connection:
            found: datetime | None = connection.scalar(
                select(func.max(table.c.sent_at)).where(table.c.thread == thread)
            )
        return found

    def first_of_thread(self, channel: str, thread: str) -> Notification | None:
        """Find the message that began a conversation."""
        table = tables.notifications
        statement = (
            select(table)
            .where(table.c.channel == channel, table.c.thread == thread)
            .order_by(table.c.seq)
            .limit(1)
        )
        with self._reading() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else Notification(**row)

    def conversation(self, channel: str, thread: str) -> list[Notice]:
        """List what a conversation is about and is still open."""
        table = tables.notices
        statement = (
            select(table)
            .where(table.c.channel == channel, table.c.thread == thread)
            .order_by(table.c.fingerprint)
        )
        with self._reading() as connection:
            return [Notice(**row) for row in connection.execute(statement).mappings()]

    def notification(self, key: str) -> Notification | None:
        """Find a message by its key."""
        table = tables.notifications
        with self._reading() as connection:
            row = connection.execute(select(table).where(table.c.key == key)).mappings().first()
        return None if row is None else Notification(**row)

    def _set(self, seq: int, **values: Any) -> None:
        table = tables.notifications
        with self._writing() as connection:
            connection.execute(update(table).where(table.c.seq == seq).values(**values))
