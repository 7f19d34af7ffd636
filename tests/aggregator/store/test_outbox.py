"""Messages are written with what they are about, and taken by one process at a time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from slipwatch.aggregator.store import (
    Acknowledgement,
    Decision,
    Draft,
    Notice,
    Notification,
    Said,
    Store,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TODAY = date(2026, 1, 5)
MINUTE = timedelta(minutes=1)


def draft(key: str, channel: str = "pm", **more: Any) -> Draft:
    return Draft(key=key, channel=channel, thread="t", body={"title": key}, **more)


def notice(fingerprint: str = "a") -> Notice:
    return Notice(
        channel="pm",
        fingerprint=fingerprint,
        present=True,
        changed_at=NOW,
        root="p/x/m",
        line={"title": "Launch \x00"},
        thread="t",
        severity="high",
        days=3,
        told_at=NOW,
    )


def record(store: Store, *drafts: Draft, notices: tuple[Notice, ...] = ()) -> None:
    decision = Decision(drafts=drafts, notices=notices)
    store.record_findings(TODAY, {}, decide=lambda _said: decision, at=NOW)


def claim(store: Store, at: datetime, channel: str = "pm") -> Notification | None:
    return store.claim_notification(
        channel, now=at, until=at + MINUTE, quiet=lambda kept: kept == {"now": True}
    )


def key(found: Notification | None) -> str | None:
    return None if found is None else found.key


def test_a_decision_is_told_what_was_said_before(store: Store) -> None:
    seen: list[Said] = []

    def decide(said: Said) -> Decision:
        seen.append(said)
        forgotten = frozenset({("pm", "a")}) if len(seen) == 2 else frozenset[tuple[str, str]]()
        return Decision(
            drafts=(draft(f"k{len(seen)}"),), notices=(notice("b"),), forgotten=forgotten
        )

    record(store, notices=(notice("a"),))
    for _ in range(3):
        store.record_findings(TODAY, {}, decide=decide, at=NOW)
    kept = replace(notice("b"), line={"title": "Launch \ufffd"})
    assert seen[0].waiting == frozenset()
    assert seen[1].waiting == {("pm", "t")}
    assert set(seen[1].notices) == {("pm", "a"), ("pm", "b")}
    assert seen[2].notices == {("pm", "b"): kept} == store.said().notices


def test_findings_and_what_is_said_of_them_are_written_together_or_not_at_all(
    store: Store,
) -> None:
    record(store, draft("k"))
    with pytest.raises(IntegrityError):
        store.record_findings(
            TODAY, {"a": "high"}, decide=lambda _: Decision(drafts=(draft("k"),)), at=NOW
        )
    with pytest.raises(ZeroDivisionError):
        store.record_findings(TODAY, {"a": "high"}, decide=lambda _: 1 / 0, at=NOW)  # type: ignore[arg-type,return-value]
    assert store.findings_life() == []
    assert [kept.key for kept in store.notifications()] == ["k"]


def test_messages_of_a_channel_are_taken_in_order_and_once(store: Store) -> None:
    record(store, draft("a"), draft("b"), draft("c", channel="other"))
    first = claim(store, NOW)
    assert first is not None
    assert (first.key, first.attempts, first.body) == ("a", 1, {"title": "a"})
    assert claim(store, NOW) is None
    store.notification_sent(first.seq, at=NOW, receipt="r")
    assert key(claim(store, NOW)) == "b"
    assert key(claim(store, NOW, "other")) == "c"
    assert store.first_of_thread("pm", "t") == replace(
        first, not_before=NOW + MINUTE, sent_at=NOW, receipt="r"
    )
    assert store.notification_counts() == {"pm": (1, 0), "other": (1, 0)}


def test_what_a_dead_process_took_is_free_again_after_its_time(store: Store) -> None:
    record(store, draft("a"))
    assert key(claim(store, NOW)) == "a"
    assert claim(store, NOW + MINUTE - timedelta(seconds=1)) is None
    again = claim(store, NOW + MINUTE)
    assert again is not None
    assert (again.key, again.attempts) == ("a", 2)


def test_a_message_that_waits_holds_back_those_behind_it(store: Store) -> None:
    record(store, draft("a"), draft("b"))
    first = claim(store, NOW)
    assert first is not None
    store.notification_failed(first.seq, "answered 500", at=NOW, again=NOW + 5 * MINUTE)
    assert claim(store, NOW + 4 * MINUTE) is None
    assert key(claim(store, NOW + 5 * MINUTE)) == "a"


def test_a_message_that_is_quiet_holds_back_nobody(store: Store) -> None:
    record(store, draft("a", quiet={"now": True}), draft("b", quiet={"now": False}))
    assert key(claim(store, NOW)) == "b"


def test_a_dead_letter_holds_back_nobody_and_can_be_tried_again(store: Store) -> None:
    record(store, draft("a"), draft("b"))
    first = claim(store, NOW)
    assert first is not None
    store.notification_failed(first.seq, "refused with 400", at=NOW, again=None)
    assert key(claim(store, NOW)) == "b"
    assert store.notification_counts() == {"pm": (1, 1)}
    newest, dead = store.notifications(undelivered=True)
    assert (newest.key, dead.error, dead.dead_at) == ("b", "refused with 400", NOW)
    assert not store.retry_notification(newest.seq)
    assert not store.retry_notification(99)
    assert store.retry_notification(dead.seq)
    assert key(claim(store, NOW)) == "a"


def test_a_history_of_messages_is_the_newest_ones(store: Store) -> None:
    bodies: list[Mapping[str, Any]] = []
    record(store, *(draft(f"k{number}") for number in range(5)))
    bodies += [kept.body for kept in store.notifications(most=2)]
    assert bodies == [{"title": "k4"}, {"title": "k3"}]


def test_a_decision_keeps_no_other_writer_waiting(store: Store) -> None:
    acknowledged = Acknowledgement(fingerprint="a", rule="r", subject="s", at=NOW, by="Ana")

    def decide(_said: Said) -> Decision:
        store.acknowledge([acknowledged])
        return Decision(drafts=(draft("k"),))

    store.record_findings(TODAY, {}, decide=decide, at=NOW)
    assert [kept.key for kept in store.notifications()] == ["k"]
    assert list(store.acknowledgements()) == ["a"]


def test_whoever_decided_before_somebody_else_wrote_decides_again(store: Store) -> None:
    seen: list[list[str]] = []

    def decide(said: Said) -> Decision:
        seen.append(sorted(fingerprint for _, fingerprint in said.notices))
        if len(seen) == 1:
            record(store, draft("theirs"), notices=(notice("a"),))
        return Decision(drafts=(draft("ours"),), notices=(notice("b"),))

    store.record_findings(TODAY, {}, decide=decide, at=NOW)
    assert seen == [[], ["a"]]
    assert [kept.key for kept in store.notifications()] == ["ours", "theirs"]
