"""What counts as finished by a team: not what one person cleaned up in one go."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slipwatch.aggregator.portfolio.facts import Ref
from slipwatch.aggregator.portfolio.model import Spell
from slipwatch.aggregator.portfolio.throughput import finished_days, work_spells
from slipwatch.aggregator.records import Category, Change, ChangedField, Item, Level, Outcome

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)


def issue(number: int, **given: Any) -> Item:
    values: dict[str, Any] = {
        "id": str(number),
        "key": f"PAY-{number}",
        "scope": "PAY",
        "level": Level.WORK,
        "title": "",
        "url": "",
        "type": "Story",
        "status": "Closed",
        "category": Category.DONE,
        "created_at": NOON - timedelta(days=99),
        "updated_at": NOON,
    }
    return Item(**(values | given))


def days(closed: Sequence[tuple[datetime, str | None]]) -> tuple[date, ...]:
    """Give the days that count of items closed at some times by somebody, or without a trace."""
    items: dict[Ref, Item] = {}
    changes: dict[Ref, tuple[Change, ...]] = {}
    for number, (at, actor) in enumerate(closed):
        ref = ("jira", str(number))
        items[ref] = issue(number, outcome=Outcome.COMPLETED, done_at=at)
        if actor is not None:
            told = at + timedelta(milliseconds=40)
            changes[ref] = (
                Change(
                    item=ref[1],
                    id="1",
                    at=told,
                    field=ChangedField.STATUS,
                    old="doing:Open",
                    new="done:Closed",
                    actor=actor,
                ),
            )
    return finished_days(items, changes, ZoneInfo("UTC"))


def every(seconds: int, count: int, actor: str | None) -> list[tuple[datetime, str | None]]:
    return [(NOON + timedelta(seconds=seconds * nth), actor) for nth in range(count)]


def test_ten_items_that_one_person_closes_in_ten_minutes_are_a_clean_up() -> None:
    yesterday = (NOON - timedelta(days=1), "ana")
    assert days([yesterday, *every(60, 10, "ana")]) == (date(2025, 6, 1),)
    assert len(days(every(60, 9, "ana"))) == 9
    assert len(days(every(70, 10, "ana"))) == 10


def test_a_team_that_closes_ten_items_together_did_them() -> None:
    both = [(at, "ben" if nth % 2 else "ana") for nth, (at, _) in enumerate(every(30, 12, "ana"))]
    assert len(days(both)) == 12


def test_who_closed_an_item_must_be_known() -> None:
    assert len(days(every(0, 30, None))) == 30


def test_a_clean_up_that_goes_on_is_left_out_to_its_end() -> None:
    assert days(every(50, 60, "ana")) == ()


def test_what_was_begun_tells_how_long_it_was_in_work() -> None:
    begun = NOON - timedelta(days=9)
    done = {"outcome": Outcome.COMPLETED, "done_at": NOON}
    items: dict[Ref, Item] = {
        ("jira", "1"): issue(1, started_at=begun, **done),
        ("jira", "2"): issue(2, started_at=begun, category=Category.DOING),
        ("jira", "3"): issue(3, started_at=begun, outcome=Outcome.DROPPED, done_at=NOON),
        ("jira", "4"): issue(4, **done),
        ("jira", "5"): issue(5, started_at=begun, category=Category.TODO),
    }
    spells = work_spells(items, {}, ZoneInfo("UTC"))
    assert spells == (Spell(begun.date(), NOON.date()), Spell(begun.date()))
