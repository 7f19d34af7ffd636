"""Syncing a source: what is read, what is written down, and what a failure means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from slipwatch.aggregator.connector import Retry, Skip, Stop
from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Category,
    Cursor,
    Item,
    Level,
    Link,
    LinkKind,
    Presence,
)
from slipwatch.aggregator.store import ErrorKind, Store, StoreError, open_store, tables
from slipwatch.aggregator.store.database import Database
from slipwatch.aggregator.sync import Progress, load_payload, sync_source

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET = "ghp_swordfish"


def _now() -> datetime:
    return MONDAY


def _page(scope: str, number: int, *, total: int | None = None) -> Batch:
    """Make a batch of one item."""
    key = f"{scope}-{number}"
    item = Item(
        id=key,
        key=key,
        scope=scope,
        level=Level.WORK,
        title="",
        url="",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    return Batch(cursor={"page": number}, items=(item,), total=total)


def _blocked_by(upstream: str) -> Link:
    return Link(owner="PAY-1", kind=LinkKind.BLOCKS, upstream=upstream, downstream="PAY-1")


@dataclass
class Script:
    """A connector that plays its part: for each scope, batches to yield and errors to raise."""

    plays: Mapping[str, Sequence[Batch | Exception]]
    refusal: Exception | None = None
    pulled: list[tuple[str, Cursor | None]] = field(default_factory=list[tuple[str, Cursor | None]])

    @property
    def name(self) -> str:
        return "jira"

    def scopes(self) -> Sequence[str]:
        if self.refusal is not None:
            raise self.refusal
        return list(self.plays)

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        self.pulled.append((scope, cursor))
        for act in self.plays[scope]:
            if isinstance(act, Exception):
                raise act
            yield act

    def convert(self, payload: object) -> Batch:
        if payload != "page":
            raise ValueError("$: expected a page")
        return _page("PAY", 1)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def lean_store(sqlite_url: str) -> Iterator[Store]:
    """Give an SQLite store: these tests are not about databases."""
    with open_store(sqlite_url) as store:
        yield store


def _keys(store: Store) -> list[str]:
    return [item.key for _, item in store.items()]


def test_every_scope_is_read_and_success_is_written_down(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1), _page("PAY", 2)], "WEB": [_page("WEB", 1)]})
    result = sync_source(script, lean_store, now=_now)
    assert (result.scopes, result.items, result.changed, result.error) == (
        ("PAY", "WEB"),
        3,
        3,
        None,
    )
    assert _keys(lean_store) == ["PAY-1", "PAY-2", "WEB-1"]
    state = lean_store.source_states()["jira"]
    assert (state.last_success, state.error, state.items) == (MONDAY, None, 3)


def test_the_next_sync_goes_on_where_the_last_one_ended(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1), _page("PAY", 2)]})
    sync_source(script, lean_store, now=_now)
    result = sync_source(script, lean_store, now=_now)
    assert (result.items, result.changed) == (2, 0)
    sync_source(script, lean_store, now=_now, full=True)
    assert script.pulled == [("PAY", None), ("PAY", {"page": 2}), ("PAY", None)]


def test_progress_is_told_batch_by_batch(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1, total=2), _page("PAY", 2, total=2)]})
    told: list[Progress] = []
    sync_source(script, lean_store, now=_now, on_progress=told.append, together=1)
    assert told == [
        Progress(source="jira", scope="PAY", items=number, changed=number, total=2)
        for number in (1, 2)
    ]


def test_small_batches_are_stored_together(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1), _page("PAY", 2), _page("PAY", 3)]})
    told: list[int] = []
    sync_source(
        script, lean_store, now=_now, on_progress=lambda at: told.append(at.items), together=2
    )
    assert told == [2, 3]
    assert lean_store.cursor("jira", "PAY") == {"page": 3}


def test_an_item_that_comes_again_at_once_has_its_last_links_alone(lean_store: Store) -> None:
    before, after = (
        replace(_page("PAY", 1), links=(_blocked_by(key),)) for key in ("WEB-1", "WEB-2")
    )
    sync_source(Script({"PAY": [before, after]}), lean_store, now=_now)
    assert [link.upstream for _, link, _ in lean_store.links()] == ["WEB-2"]


def test_an_item_that_is_back_at_once_is_there(lean_store: Store) -> None:
    absence = Absence(item="PAY-1", presence=Presence.GONE, at=MONDAY)
    absent = Batch(cursor={}, absences=(absence,))
    sync_source(Script({"PAY": [_page("PAY", 1)]}), lean_store, now=_now)
    sync_source(Script({"PAY": [absent, _page("PAY", 1)]}), lean_store, now=_now)
    assert list(lean_store.absences("jira")) == []


def test_what_came_before_an_outage_is_stored(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1), _page("PAY", 2), Retry("jira: 502")]})
    result = sync_source(script, lean_store, now=_now)
    assert (result.items, result.error) == (2, "jira: 502")
    assert lean_store.cursor("jira", "PAY") == {"page": 2}


def test_a_stop_keeps_what_is_stored_and_claims_no_success(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1), _page("PAY", 2)], "WEB": [_page("WEB", 1)]})
    result = sync_source(
        script, lean_store, now=_now, stop=lambda: bool(_keys(lean_store)), together=1
    )
    assert (result.stopped, result.scopes, result.error) == (True, (), None)
    assert _keys(lean_store) == ["PAY-1"]
    assert lean_store.cursor("jira", "PAY") == {"page": 1}
    assert lean_store.source_states()["jira"].last_success is None


def test_a_scope_that_may_not_be_read_is_left_out_and_named(lean_store: Store) -> None:
    script = Script({"HR": [Skip("jira: HR: no permission")], "WEB": [_page("WEB", 1)]})
    result = sync_source(script, lean_store, now=_now)
    assert (result.scopes, result.skipped) == (("WEB",), {"HR": "jira: HR: no permission"})
    state = lean_store.source_states()["jira"]
    assert (state.last_success, state.skipped) == (MONDAY, {"HR": "jira: HR: no permission"})


def test_a_source_of_which_nothing_may_be_read_has_failed(lean_store: Store) -> None:
    script = Script({"HR": [Skip("no permission")], "WEB": [Skip("gone")]})
    result = sync_source(script, lean_store, now=_now)
    assert (result.error_kind, result.error) == (
        ErrorKind.SKIP,
        "nothing of it can be read: no permission",
    )
    assert lean_store.source_states()["jira"].last_success is None


def test_a_limit_that_names_a_time_stops_the_source_until_then(lean_store: Store) -> None:
    later = MONDAY + timedelta(minutes=30)
    limit = Retry("jira: over the limit", retry_at=later)
    script = Script({"PAY": [_page("PAY", 1), limit], "WEB": [_page("WEB", 1)]})
    result = sync_source(script, lean_store, now=_now)
    assert (result.error_kind, result.retry_at) == (ErrorKind.RETRY, later)
    assert _keys(lean_store) == ["PAY-1"]
    state = lean_store.source_states()["jira"]
    assert (state.error, state.retry_at) == ("jira: over the limit", later)


def test_an_outage_of_one_scope_does_not_keep_the_others(lean_store: Store) -> None:
    script = Script({"PAY": [Retry("jira: 502")], "WEB": [_page("WEB", 1)]})
    result = sync_source(script, lean_store, now=_now)
    assert (result.scopes, result.error, result.error_kind) == (
        ("WEB",),
        "jira: 502",
        ErrorKind.RETRY,
    )
    assert lean_store.source_states()["jira"].last_success is None


def test_a_source_that_is_down_is_given_up_after_three_scopes(lean_store: Store) -> None:
    script = Script({scope: [Retry("jira: no answer")] for scope in "ABCDE"})
    sync_source(script, lean_store, now=_now)
    assert [scope for scope, _ in script.pulled] == ["A", "B", "C"]


def test_refused_credentials_end_the_sync_of_a_source(lean_store: Store) -> None:
    script = Script({"PAY": [Retry("jira: 502")], "WEB": [Stop("refused")], "API": []})
    result = sync_source(script, lean_store, now=_now)
    assert (result.error_kind, result.error) == (ErrorKind.STOP, "refused")
    assert len(script.pulled) == 2
    assert lean_store.source_states()["jira"].error_kind is ErrorKind.STOP


@pytest.mark.parametrize(
    ("refusal", "kind"), [(Stop("no"), "stop"), (Retry("no"), "retry"), (Skip("no"), "skip")]
)
def test_a_source_that_cannot_name_its_scopes_has_failed(
    lean_store: Store, refusal: Exception, kind: str
) -> None:
    result = sync_source(Script({}, refusal=refusal), lean_store, now=_now)
    assert (result.error, result.error_kind) == ("no", ErrorKind(kind))


def test_a_bug_is_told_by_type_and_place_and_never_by_what_it_quotes(lean_store: Store) -> None:
    script = Script({"PAY": [KeyError(SECRET)], "WEB": [_page("WEB", 1)]})
    with capture_logs() as logs:
        result = sync_source(script, lean_store, now=_now)
    assert (result.error_kind, result.scopes) == (ErrorKind.BUG, ("WEB",))
    assert "KeyError" in str(result.error)
    (logged,) = [entry for entry in logs if entry["event"] == "pull failed"]
    assert any("test_sync.py" in line for line in logged["where"])
    assert SECRET not in repr((logs, result, lean_store.source_states()))


def test_a_batch_that_breaks_its_contract_is_a_bug_and_leaves_no_cursor(lean_store: Store) -> None:
    good = _page("PAY", 1).items[0]
    naive = replace(good, id="2", done_at=datetime(2026, 1, 5))  # noqa: DTZ001 a converter's mistake
    broken = Batch(cursor={"page": 9}, items=(good, naive))
    result = sync_source(Script({"PAY": [broken]}), lean_store, now=_now)
    assert result.error_kind is ErrorKind.BUG
    assert (_keys(lean_store), lean_store.cursor("jira", "PAY")) == ([], None)


def test_one_scope_alone_says_nothing_about_the_source(lean_store: Store) -> None:
    script = Script({"PAY": [_page("PAY", 1)], "WEB": [Retry("jira: 502")]})
    assert sync_source(script, lean_store, now=_now, scopes=["PAY"]).scopes == ("PAY",)
    assert sync_source(script, lean_store, now=_now, scopes=["WEB"]).error == "jira: 502"
    state = lean_store.source_states()["jira"]
    assert (state.last_attempt, state.last_success, state.error) == (MONDAY, None, None)


def test_what_a_source_says_about_its_answer_is_passed_on(lean_store: Store) -> None:
    page = Batch(cursor={}, warnings=("the result was truncated",))
    result = sync_source(Script({"PAY": [page]}), lean_store, now=_now)
    assert result.warnings == ("the result was truncated",)


def test_a_store_that_fails_is_not_blamed_on_the_source(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        database = Database(sqlite_url)
        with database.writing() as connection:
            tables.items.drop(connection)
        database.close()
        with pytest.raises(StoreError, match="no such table: items"):
            sync_source(Script({"PAY": [_page("PAY", 1)]}), store, now=_now)


def test_recorded_payloads_are_an_input_like_any_other(lean_store: Store) -> None:
    result = load_payload(Script({}), lean_store, "page", now=_now)
    assert (result.items, result.changed) == (1, 1)
    assert _keys(lean_store) == ["PAY-1"]
    assert lean_store.source_states()["jira"].last_success == MONDAY
    with pytest.raises(ValueError, match="expected a page"):
        load_payload(Script({}), lean_store, {"no": "page"}, now=_now)
