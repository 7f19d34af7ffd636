"""What an audience got is kept for ever as it got it, and once for each time it is due."""

import hashlib
from datetime import UTC, date, datetime

from slipwatch.aggregator.store import Draft, NewReport, Store

MONDAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
PAGE = "<p>Launch is red \u00e4</p>".encode()


def freeze(store: Store, audience: str, period: date | None, content: bytes = PAGE) -> int | None:
    draft = Draft(key=f"{audience}-{period}", channel="pm", thread="t", body={"title": "Report"})
    report = NewReport(
        program="checkout",
        audience=audience,
        period=period,
        as_of=MONDAY,
        made_at=NOW,
        title="Checkout: red",
        summary=("Launch is red.",),
        form="html",
        content=content,
        basis=b"{}",
        text=b"# Checkout",
    )
    return store.freeze_report(report, (draft,) if period else ())


def test_a_report_is_found_again_byte_by_byte(store: Store) -> None:
    number = freeze(store, "steering", MONDAY)
    assert number is not None

    kept = store.report(number)

    assert kept is not None
    assert (kept.content, kept.basis) == (PAGE, b"{}")
    assert (kept.text, kept.html) == (b"# Checkout", None)
    assert (kept.title, kept.summary) == ("Checkout: red", ("Launch is red.",))
    assert kept.sha256 == hashlib.sha256(PAGE).hexdigest()
    assert (kept.program, kept.audience, kept.period) == ("checkout", "steering", MONDAY)
    assert (kept.as_of, kept.made_at, kept.form) == (MONDAY, NOW, "html")
    assert store.report(number + 1) is None


def test_a_period_has_one_report_for_each_audience(store: Store) -> None:
    first = freeze(store, "steering", MONDAY)

    assert freeze(store, "steering", MONDAY, b"another") is None
    assert freeze(store, "team", MONDAY) is not None

    assert first is not None
    kept = store.report(first)
    assert kept is not None
    assert kept.content == PAGE
    assert [(one.key, one.body["report"]) for one in store.notifications()] == [
        ("team-2026-01-05", first + 1),
        ("steering-2026-01-05", first),
    ]


def test_reports_that_were_asked_for_are_all_kept(store: Store) -> None:
    numbers = [freeze(store, "", None) for _ in range(2)]

    assert [one.number for one in store.reports(program="checkout")] == numbers[::-1]
    assert store.reports(program="platform") == []
    assert store.notifications() == []


def test_the_last_report_is_that_of_the_audience(store: Store) -> None:
    steering = freeze(store, "steering", MONDAY)
    team = freeze(store, "team", MONDAY)

    found = [store.last_report("checkout", who) for who in ("steering", "team", None, "board")]
    assert [one.number if one else None for one in found] == [steering, team, team, None]
