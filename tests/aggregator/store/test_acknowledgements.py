"""Who knows of a finding is a list that only grows; its last row says what holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from slipwatch.aggregator.store import Acknowledgement, Decision, Said, Store

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ONE = Acknowledgement(
    fingerprint="f", rule="SCH-001", subject="p/x/m", at=NOW, by="Ana", note="on it"
)


def end(store: Store, *fingerprints: str) -> list[Said]:
    """Let a decision say that acknowledgements no longer hold; return what it knew."""
    seen: list[Said] = []

    def decide(said: Said) -> Decision:
        seen.append(said)
        return Decision(ended=frozenset(fingerprints))

    store.record_findings(date(2026, 1, 5), {}, decide=decide, at=NOW)
    return seen


def test_the_first_acknowledgement_holds_until_it_ends(store: Store) -> None:
    other = replace(ONE, fingerprint="g")
    assert store.acknowledge([ONE]) == 1
    assert store.acknowledge([replace(ONE, by="Sam"), other]) == 1
    assert store.acknowledgements() == {"f": ONE, "g": other}
    (said,) = end(store, "f", "unknown")
    assert said.acknowledged == {"f": ONE, "g": other}
    assert store.acknowledgements() == {"g": other}
    end(store, "f")
    again = replace(ONE, by="Dana", at=NOW + timedelta(days=1))
    assert store.acknowledge([again]) == 1
    assert store.acknowledgements() == {"f": again, "g": other}


def test_nothing_that_was_acknowledged_is_ever_taken_out_of_the_list(store: Store) -> None:
    for _ in range(3):
        store.acknowledge([ONE])
        end(store, "f")
    history = store.acknowledgement_history()
    assert [given for given, _ in history] == [True, False] * 3
    assert {one.by for _, one in history} == {"Ana"}


def test_a_name_that_no_database_holds_is_kept_without_what_it_refuses(store: Store) -> None:
    store.acknowledge([replace(ONE, by="A\x00na \ud800", note="\x00")])
    assert store.acknowledgements()["f"].by == "A�na �"
