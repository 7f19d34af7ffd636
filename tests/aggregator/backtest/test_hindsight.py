"""What a back-test takes as it is today is said with its result."""

from collections.abc import Sequence
from datetime import date

from msgspec import structs

from slipwatch.aggregator.backtest.hindsight import hindsight
from slipwatch.aggregator.records import ALWAYS, Category, ChangedField, Outcome
from slipwatch.aggregator.store.facts import SEEN

from .history import DAY, EPIC, SHORT, SPARE, History, history, jira


def said(made: History) -> Sequence[str]:
    """Give how each line begins."""
    return [line.partition(";")[0][:72] for line in hindsight(made.facts())]


def test_of_a_source_with_a_whole_history_nothing_is_said_but_what_none_has() -> None:
    made = history()
    ref = jira(SPARE[0])
    made.move(ref, DAY, "9")
    made.move(ref, DAY)
    made.edit(ref, DAY, ChangedField.POINTS, "points", 2.0, 3.0)
    made.edit(ref, DAY, ChangedField.PARENT, "parent", None, "PAY-9000")
    made.edit(ref, DAY, ChangedField.ASSIGNEE, "assignee", None, "bob")
    made.edit(ref, DAY, ChangedField.TYPE, "type", "Story", "work:Story")
    made.edit(EPIC, DAY, ChangedField.DUE, "due_date", date(2026, 5, 1), date(2026, 6, 1))

    of_jira = [line for line in said(made) if line.startswith("jira")]

    assert of_jira == [
        "jira: the planned days of a sprint, before they were first seen, are the",
        "jira: start dates of versions and milestones that lay in the past, befor",
    ]
    assert any("titles, labels and components are those of today" in line for line in said(made))


def test_each_history_that_is_missing_is_named() -> None:
    made = history()
    made.changes = {}
    made.edit(EPIC, DAY, ChangedField.DUE, "due_date", date(2026, 5, 1), date(2026, 6, 1))
    [moved] = made.changes[EPIC]
    made.changes[EPIC] = [structs.replace(moved, id=f"{SEEN}0")]
    made.set(jira(SPARE[0]), created_at=ALWAYS)
    made.set(jira(SPARE[1]), category=Category.DONE, outcome=Outcome.DROPPED)
    made.alter(SHORT, closed=True, closed_on=None)
    made.alter(("jira", "3"), archived=True)
    known = said(history())

    assert [line for line in said(made) if line not in known] == [
        "hub: no changes of items are known",
        "hub: no changes of outcomes are known",
        "hub: versions and milestones that were closed on no known day were open ",
        "jira: no changes of statuses are known",
        "jira: due dates of items, before a sync saw them, are the first that one",
        "jira: no changes of outcomes are known",
        "jira: items without a time of creation were there all along",
        "jira: items that were done at no known time were done all along",
        "jira: versions and milestones that are archived were not",
    ]
