"""The log of colours only ever grows, and says each change once."""

from dataclasses import replace
from datetime import UTC, date, datetime

from slipwatch.aggregator.health.history import ColourChange
from slipwatch.aggregator.store import Store

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
RED = ColourChange(
    at=NOW,
    day=date(2026, 1, 5),
    subject="p",
    dimension="schedule",
    before=None,
    after="red",
    cause="first",
    reason="A is red",
)
GREEN = replace(RED, before="red", after="green", cause="pace", reason="A is green")


def test_changes_are_kept_in_their_order(store: Store) -> None:
    milestone = replace(RED, subject="p/x/a", dimension="milestone")

    assert list(store.log_colours([RED, milestone])) == [RED, milestone]
    assert list(store.log_colours([GREEN])) == [GREEN]

    assert store.colour_changes() == [RED, milestone, GREEN]
    assert store.colour_changes(milestones=False) == [RED, GREEN]
    assert store.last_colours() == {("p", "schedule"): "green", ("p/x/a", "milestone"): "red"}
    with store.snapshot() as snapshot:
        assert snapshot.colour_changes() == [RED, milestone, GREEN]


def test_a_colour_that_the_log_says_already_is_not_logged_again(store: Store) -> None:
    """Two services that assess the same at once log a change once."""
    store.log_colours([RED])

    assert not store.log_colours([RED])
    assert list(store.log_colours([GREEN, replace(RED, subject="q")])) == [
        GREEN,
        replace(RED, subject="q"),
    ]


def test_what_was_before_is_what_the_log_says_and_not_what_somebody_believed(store: Store) -> None:
    store.log_colours([RED])

    (logged,) = store.log_colours([replace(GREEN, before="amber")])

    assert logged.before == "red"


def test_a_reason_that_no_database_holds_is_kept_without_what_it_refuses(store: Store) -> None:
    store.log_colours([replace(RED, reason="A\x00 is \ud800")])

    assert store.colour_changes()[0].reason == "A\ufffd is \ufffd"
