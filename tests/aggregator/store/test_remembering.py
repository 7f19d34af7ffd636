"""What the store remembers of findings between two evaluations, and their lives."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from slipwatch.aggregator.store import (
    Evaluated,
    FindingEvent,
    FindingPhase,
    FindingState,
    RuleMemory,
    Store,
)

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

PENDING = FindingState(
    fingerprint="a",
    rule="SCH-001",
    subject="p/x/a",
    phase=FindingPhase.PENDING,
    since=DAY,
    turned_on=DAY,
    turned_at=NOW,
    finding={"rule": "SCH-001", "evidence": {"weight": 1.5}, "links": ["https://x.example"]},
)
OPEN = replace(
    PENDING,
    fingerprint="b",
    phase=FindingPhase.OPEN,
    turned_on=None,
    turned_at=None,
    state="open",
    severity="high",
)
OPENED = FindingEvent(
    fingerprint="b",
    rule="SCH-001",
    subject="p/x/a",
    day=DAY,
    event="opened",
    cause="pace",
    severity="high",
    message="late",
)


def put(store: Store, evaluated: Evaluated, *, at: datetime = NOW) -> None:
    severities = {mark: state.severity or "" for mark, state in evaluated.states.items()}
    store.record_findings(DAY, severities, at=at, evaluated=evaluated)


def first(memory: RuleMemory, **given: object) -> Evaluated:
    known: dict[str, object] = {
        "memory": memory,
        "rules": {"SCH-001": "as it is"},
        "states": {"a": PENDING, "b": OPEN},
        "events": (OPENED,),
    }
    return Evaluated(**(known | given))  # type: ignore[arg-type]


def test_a_new_store_remembers_nothing(store: Store) -> None:
    assert store.rule_memory() == RuleMemory()
    assert store.finding_events() == []


def test_what_an_evaluation_leaves_behind_is_there_for_the_next_one(store: Store) -> None:
    put(store, first(store.rule_memory()))

    assert store.rule_memory() == RuleMemory(
        revision=1, rules={"SCH-001": "as it is"}, states={"a": PENDING, "b": OPEN}
    )


def test_what_is_over_is_forgotten_and_what_changed_is_written_anew(store: Store) -> None:
    put(store, first(store.rule_memory()))
    worse = replace(OPEN, severity="critical")
    put(store, first(store.rule_memory(), states={"b": worse}, events=()))

    assert store.rule_memory().states == {"b": worse}


def test_lives_only_grow(store: Store) -> None:
    put(store, first(store.rule_memory()))
    later = NOW + timedelta(days=1)
    closed = replace(OPENED, event="closed", cause="scope")
    put(store, first(store.rule_memory(), states={}, events=(closed,)), at=later)

    assert [(one.event, one.cause, one.at) for one in store.finding_events("b")] == [
        ("opened", "pace", NOW),
        ("closed", "scope", later),
    ]
    assert store.finding_events("a") == []


def test_of_two_evaluations_at_once_the_one_that_is_written_first_counts(store: Store) -> None:
    memory = store.rule_memory()
    put(store, first(memory))
    put(store, first(memory, states={"a": replace(PENDING, phase=FindingPhase.OPEN)}))

    assert store.rule_memory().states == {"a": PENDING, "b": OPEN}
    assert len(store.finding_events()) == 1
