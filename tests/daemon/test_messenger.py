"""A courier delivers each message, whatever its channel does meanwhile."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.store import Decision, Draft, Notice, Store, StoreError, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.messenger import FIRST_WAIT, LONGEST_WAIT, Courier, Messenger
from slipwatch.exporters.notifications.message import Line, Message, to_body
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.prometheus.monitor import Monitor
from tests.receivers import HttpReceiver, Reply

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Bench:
    """One channel, its receiver, and a clock."""

    def __init__(self, store: Store, receiver: HttpReceiver, **notifications: Any) -> None:
        self.store = store
        self.receiver = receiver
        self.now = MONDAY
        self.monitor = Monitor("0")
        self.settings = SlipwatchSettings.model_validate(
            {
                "notifications": {
                    "channels": {
                        name: {"webhook": {"url": receiver.url, "secret": {"env": "SECRET"}}}
                        for name in ("hook", "other")
                    },
                    **notifications,
                }
            }
        )
        self.courier = self.hire()

    def hire(self) -> Courier:
        return Courier(
            self.store,
            "hook",
            make_channel(self.settings.notifications.channels["hook"]),
            self.settings,
            self.monitor,
            now=lambda: self.now,
        )

    def put(self, *keys: str, quiet: dict[str, Any] | None = None, channel: str = "hook") -> None:
        drafts = tuple(
            Draft(key=key, channel=channel, thread=keys[0], body=body(key), quiet=quiet)
            for key in keys
        )
        decision = Decision(drafts=drafts)
        self.store.record_findings(self.now.date(), {}, decide=lambda _: decision, at=self.now)

    def deliver(self) -> list[str]:
        """Go one round; return what arrived."""
        before = len(self.receiver.received)
        self.courier.deliver_all(lambda: False)
        return [
            received.headers["x-slipwatch-delivery"] for received in self.receiver.received[before:]
        ]

    def metric(self, name: str) -> float | None:
        return self.monitor.registry.get_sample_value(name, {"channel": "hook"})

    def pass_time(self, span: timedelta) -> None:
        self.now += span


def body(key: str) -> dict[str, Any]:
    line = Line(
        change="new",
        fingerprint="f",
        rule="SCH-001",
        severity="high",
        subject="p/x/m",
        title="Launch",
        since=date(2026, 1, 5),
        message="It is late.",
    )
    return to_body(
        Message(
            key=key,
            thread=key,
            title=key,
            as_of=date(2026, 1, 5),
            lines=(line,),
            severity="high",
            open=1,
        )
    )


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as running:
        yield running


@pytest.fixture
def bench(store: Store, receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("SECRET", "s")
    return Bench(store, receiver)


def test_messages_arrive_once_and_in_order(bench: Bench) -> None:
    bench.put("a", "b", "c")
    bench.put("elsewhere", channel="other")
    assert bench.deliver() == ["a", "b", "c"]
    assert bench.deliver() == []
    assert bench.metric("slipwatch_notifications_total") == 3
    assert bench.metric("slipwatch_notifications_pending") == 0


def test_an_outage_is_waited_out_ever_longer_and_nothing_is_lost(bench: Bench) -> None:
    bench.receiver.answer = lambda _: Reply(503)
    bench.put("a", "b")
    waits: list[timedelta] = []
    since = bench.now
    while len(waits) < 9:
        if bench.deliver():
            waits.append(bench.now - since)
            since = bench.now
        bench.pass_time(FIRST_WAIT)
    assert waits == [timedelta(0), *(FIRST_WAIT * 2**n for n in range(7)), LONGEST_WAIT]
    assert bench.metric("slipwatch_notification_failures_total") == 9
    assert bench.metric("slipwatch_notifications_pending") == 2
    bench.receiver.answer = lambda _: Reply()
    bench.pass_time(LONGEST_WAIT)
    assert bench.deliver() == ["a", "b"]


def test_a_receiver_that_names_a_time_is_not_asked_before(bench: Bench) -> None:
    bench.receiver.reply_once(Reply(429, headers={"Retry-After": "600"}))
    bench.put("a")
    assert bench.deliver() == ["a"]
    bench.pass_time(timedelta(seconds=599))
    assert bench.deliver() == []
    bench.pass_time(SECOND)
    assert bench.deliver() == ["a"]


def test_a_refused_message_is_a_dead_letter_and_the_next_one_goes_out(bench: Bench) -> None:
    bench.receiver.reply_once(Reply(400))
    bench.put("a", "b")
    assert bench.deliver() == ["a", "b"]
    assert bench.metric("slipwatch_notifications_dead") == 1
    (dead,) = bench.store.notifications(undelivered=True)
    assert (dead.key, dead.error) == ("a", "refused with 400")
    assert bench.store.retry_notification(dead.seq)
    assert bench.deliver() == ["a"]
    assert bench.metric("slipwatch_notifications_dead") == 0


def test_what_cannot_be_delivered_for_days_is_a_dead_letter(bench: Bench) -> None:
    bench.receiver.answer = lambda _: Reply(500)
    bench.put("a")
    bench.deliver()
    bench.pass_time(bench.settings.notifications.give_up_after)
    bench.deliver()
    assert bench.store.notification_counts() == {"hook": (0, 1)}


def test_a_secret_that_is_missing_can_be_mended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET")
    bench.put("a")
    assert bench.deliver() == []
    (kept,) = bench.store.notifications()
    assert kept.error == "the environment variable SECRET is not set"
    monkeypatch.setenv("SECRET", "s")
    bench.pass_time(FIRST_WAIT)
    assert bench.deliver() == ["a"]


def test_what_was_held_up_till_the_evening_is_not_delivered_at_night(bench: Bench) -> None:
    bench.receiver.reply_once(Reply(500))
    bench.now = datetime(2026, 1, 9, 17, 59, 50, tzinfo=UTC)
    bench.put("a", quiet={"outside": "08:00-18:00", "calendar": "default"})
    assert bench.deliver() == ["a"]
    arrived: list[datetime] = []
    while not arrived:
        bench.pass_time(timedelta(minutes=30))
        arrived += [bench.now for _ in bench.deliver()]
    assert arrived == [datetime(2026, 1, 12, 8, 29, 50, tzinfo=UTC)]


def test_a_store_that_fails_after_the_delivery_makes_no_second_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put("a", "b")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(bench.store, "notification_sent", refuse)
        for _ in range(3):
            bench.pass_time(timedelta(hours=1))
            with pytest.raises(StoreError):
                bench.deliver()
    bench.pass_time(timedelta(hours=1))
    assert bench.deliver() == ["b"]
    delivered = [received.headers["x-slipwatch-delivery"] for received in bench.receiver.received]
    assert delivered == ["a", "b"]


def test_two_services_deliver_each_message_once(bench: Bench) -> None:
    bench.put(*(f"k{number:02}" for number in range(40)))
    couriers = [bench.courier, bench.hire()]
    threads = [
        threading.Thread(target=courier.deliver_all, args=[lambda: False]) for courier in couriers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.courier.deliver_all(lambda: False)
    delivered = [received.headers["x-slipwatch-delivery"] for received in bench.receiver.received]
    assert sorted(delivered) == [f"k{number:02}" for number in range(40)]


def test_a_channel_that_hangs_keeps_no_other_waiting(
    sqlite_url: str, receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s")
    hangs, delivered = threading.Event(), threading.Event()

    def answer(received: Any) -> Reply:
        if received.headers["x-slipwatch-delivery"] == "stuck":
            hangs.wait(10)
        else:
            delivered.set()
        return Reply()

    receiver.answer = answer
    with open_store(sqlite_url) as store:
        bench = Bench(store, receiver)
        messenger = Messenger(store, bench.monitor, now=lambda: MONDAY)
        bench.put("stuck")
        messenger.follow(bench.settings)
        bench.put("free", channel="other")
        messenger.wake()
        assert delivered.wait(10)
        assert not messenger.stop(0.05)
        hangs.set()
        assert messenger.stop(10)


def test_alertmanager_is_told_again_and_again_what_is_still_there(
    store: Store, receiver: HttpReceiver
) -> None:
    bench = Bench(store, receiver)
    written = {"alertmanager": {"urls": [receiver.url]}}
    bench.settings = SlipwatchSettings.model_validate(
        {"notifications": {"channels": {"hook": written}}}
    )
    bench.courier = bench.hire()
    kept = body("a")
    (line,) = kept["lines"]
    notice = Notice(
        channel="hook",
        fingerprint="f",
        present=True,
        changed_at=MONDAY,
        root="p/x/m",
        line=line,
        thread="a",
        severity="high",
        told_at=MONDAY,
    )
    draft = Draft(key="a", channel="hook", thread="a", body=kept)
    told = Decision(drafts=(draft,), notices=(notice,))
    store.record_findings(MONDAY.date(), {}, decide=lambda _: told, at=MONDAY)
    for _ in range(3):
        bench.courier.deliver_all(lambda: False)
        bench.pass_time(timedelta(minutes=1))
    ends = [received.json[0]["endsAt"][14:16] for received in receiver.received]
    assert ends == ["04", "04", "05", "06"]
    assert len({str(received.json[0]["labels"]) for received in receiver.received}) == 1
    over = Decision(forgotten=frozenset({("hook", "f")}))
    store.record_findings(MONDAY.date(), {}, decide=lambda _: over, at=MONDAY)
    bench.courier.deliver_all(lambda: False)
    assert len(receiver.received) == 4
