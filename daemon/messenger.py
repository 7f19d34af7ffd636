"""Delivers messages: one thread for each channel, so that none waits for another."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import structlog
from msgspec.structs import replace as replace_fields

from slipwatch.aggregator.store import Notification, Store, StoreError
from slipwatch.config.base import MissingSecretError
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.notifications.channel import (
    Channel,
    Envelope,
    GiveUp,
    Refreshed,
    TryLater,
)
from slipwatch.exporters.notifications.deciding import kept_line
from slipwatch.exporters.notifications.message import Message, from_body
from slipwatch.exporters.notifications.publishing import publish
from slipwatch.exporters.notifications.quiet import Clockwork
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.prometheus.monitor import Monitor

from .acknowledging import acknowledge_link
from .deciding import clockwork
from .dispatching import document_of
from .wiring import Clock

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""How long a message is left to the process that took it: longer than any attempt takes."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
"""Between attempts; each time twice as long."""

LOOK_AGAIN = 30.0
"""Seconds after which a channel looks for messages that nobody told it of."""


class Courier:
    """Delivers the messages of one channel, one after the other."""

    def __init__(
        self,
        store: Store,
        name: str,
        channel: Channel,
        settings: SlipwatchSettings,
        monitor: Monitor,
        *,
        now: Clock,
        lease: timedelta = LEASE,
    ) -> None:
        self._store = store
        self._name = name
        self._channel = channel
        self._settings = settings
        self._monitor = monitor
        self._now = now
        self._lease = lease
        self._clock: Clockwork | None = None
        self._unnoted: Callable[[], None] | None = None

    def deliver_all(self, stopping: Callable[[], bool]) -> None:
        """Deliver what may be sent now; raises ``StoreError``."""
        while not stopping():
            self._catch_up()
            message = self._claim()
            if message is None:
                break
            self._deliver(message)
        self._refresh()
        waiting, dead = self._store.notification_counts().get(self._name, (0, 0))
        self._monitor.notifications_pending.labels(self._name).set(waiting)
        self._monitor.notifications_dead.labels(self._name).set(dead)

    def _claim(self) -> Notification | None:
        now = self._now()
        return self._store.claim_notification(
            self._name,
            now=now,
            until=now + self._lease,
            quiet=self._clockwork(now).is_quiet_for,
        )

    def _clockwork(self, now: datetime) -> Clockwork:
        """Give what tells quiet hours; its calendars are made once a day."""
        if self._clock is None or self._clock.now.date() != now.date():
            self._clock = clockwork(self._settings, now)
        return replace(self._clock, now=now)

    def _deliver(self, kept: Notification) -> None:
        self._monitor.notifications.labels(self._name).inc()
        try:
            receipt = self._hand_over(kept)
        except (TryLater, MissingSecretError) as error:
            self._failed(kept, str(error), self._again(kept, error))
        except GiveUp as error:
            self._failed(kept, str(error), None)
        except StoreError:
            raise
        except Exception:
            log.exception("notification failed", channel=self._name, number=kept.seq)
            self._failed(kept, "a bug, see the log", self._again(kept, None))
        else:
            at = self._now()
            # Should the store fail now, this is noted before anything else is sent.
            self._unnoted = lambda: self._store.notification_sent(kept.seq, at=at, receipt=receipt)
            self._catch_up()

    def _message(self, kept: Notification) -> Message:
        """Give a message the link by which it is acknowledged, unless all of it is over."""
        message = from_body(kept.body)
        if not message.open:
            return message
        return replace_fields(message, acknowledge=acknowledge_link(self._settings, kept))

    def _hand_over(self, kept: Notification) -> str | None:
        """Give the channel a message, or the report that it stands for."""
        number = kept.body.get("report")
        if number is None:
            return self._channel.send(self._message(kept), self._envelope(kept))
        report = self._store.report(number)
        if report is None:
            raise GiveUp(f"there is no report {number}")
        written = self._settings.notifications.channels[self._name]
        link = self._settings.external_link(f"/reports/{number}")
        publish(written, document_of(report, link), now=self._now())
        labels = (report.program, report.audience)
        self._monitor.reported_at.labels(*labels).set(self._now().timestamp())
        return None

    def _refresh(self) -> None:
        """Repeat what was told, where a channel needs that."""
        if not isinstance(self._channel, Refreshed):
            return
        said = self._store.said()
        on_its_way = {thread for name, thread in said.waiting if name == self._name}
        lines = [
            kept_line(notice)
            for (name, _), notice in sorted(said.notices.items())
            if name == self._name and notice.thread and notice.thread not in on_its_way
        ]
        try:
            if lines:
                self._channel.refresh(lines, now=self._now())
        except (TryLater, GiveUp, MissingSecretError) as error:
            log.warning("alerts not repeated", channel=self._name, error=str(error))

    def _catch_up(self) -> None:
        if self._unnoted is not None:
            self._unnoted()
            self._unnoted = None

    def _envelope(self, kept: Notification) -> Envelope:
        first = self._store.first_of_thread(self._name, kept.thread)
        if first is None or first.seq == kept.seq:
            return Envelope(at=kept.created_at, now=self._now())
        return Envelope(
            at=kept.created_at,
            now=self._now(),
            first=from_body(first.body),
            receipt=first.receipt,
        )

    def _again(self, kept: Notification, error: Exception | None) -> datetime | None:
        """Say when to try again; never once it has been tried for too long."""
        now = self._now()
        if now - kept.created_at >= self._settings.notifications.give_up_after:
            return None
        wait = min(FIRST_WAIT * (1 << min(kept.attempts - 1, 10)), LONGEST_WAIT)
        asked = error.retry_after if isinstance(error, TryLater) else None
        return now + max(wait, timedelta(seconds=min(asked or 0.0, 86_400.0)))

    def _failed(self, kept: Notification, error: str, again: datetime | None) -> None:
        self._monitor.notification_failures.labels(self._name).inc()
        log.warning(
            "notification not delivered",
            channel=self._name,
            number=kept.seq,
            error=error,
            again=None if again is None else again.isoformat(timespec="seconds"),
        )
        at = self._now()
        self._unnoted = lambda: self._store.notification_failed(kept.seq, error, at=at, again=again)
        self._catch_up()


class Messenger:
    """The couriers of a running service; only the main thread calls it."""

    def __init__(self, store: Store, monitor: Monitor, *, now: Clock) -> None:
        self._store = store
        self._monitor = monitor
        self._now = now
        self._rounds: dict[str, _Round] = {}
        self._known: Mapping[str, object] = {}

    def follow(self, settings: SlipwatchSettings) -> None:
        """Deliver as the settings say: a channel that is new or different begins anew."""
        written = settings.notifications.ways()
        wanted = {
            name: (
                written[name],
                settings.notifications,
                settings.calendars,
                settings.timezone,
                settings.external_url,
            )
            for name in written
        }
        for name, known in self._known.items():
            if wanted.get(name) != known:
                self._rounds.pop(name).stop()
        for name in wanted.keys() - self._rounds.keys():
            for metric in (self._monitor.notifications, self._monitor.notification_failures):
                metric.labels(name)
            courier = Courier(
                self._store,
                name,
                make_channel(written[name]),
                settings,
                self._monitor,
                now=self._now,
            )
            self._rounds[name] = _Round(name, courier)
        self._known = wanted

    def wake(self) -> None:
        """Look for messages now."""
        for one in self._rounds.values():
            one.wake()

    def stop(self, seconds: float) -> bool:
        """End; return whether every delivery under way came to its end in so many seconds."""
        until = monotonic() + seconds
        for one in self._rounds.values():
            one.stop()
        return all(one.join(until - monotonic()) for one in self._rounds.values())


class _Round:
    """A thread that goes its rounds for one courier."""

    def __init__(self, name: str, courier: Courier) -> None:
        self._name = name
        self._courier = courier
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"channel {name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._awake.set()

    def join(self, seconds: float) -> bool:
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                self._courier.deliver_all(self._stopping.is_set)
            except StoreError as error:
                log.error(  # noqa: TRY400  # the message says all
                    "notifications wait", channel=self._name, error=str(error)
                )
            except Exception:
                # Whatever it is: the next round may go better, and other channels go on.
                log.exception("notifications wait", channel=self._name)
            if not self._stopping.is_set():
                self._awake.wait(LOOK_AGAIN)
