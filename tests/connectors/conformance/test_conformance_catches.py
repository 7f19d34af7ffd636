"""The suite does its work: a connector that is broken in one way fails the check that is for it.

Each check is held against the sound connector first, so that nothing but the breakage fails it.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.connector import Retry, Skip, Stop
from slipwatch.aggregator.records import Absence, Batch, Cursor, Presence
from slipwatch.aggregator.store import open_store
from slipwatch.connectors.answers import Answer
from slipwatch.connectors.conformance import CensusConformance, HttpConformance
from slipwatch.connectors.conformance.bench import Bench
from slipwatch.connectors.conformance.proxy import Proxy
from slipwatch.connectors.http import PageGuard

from .sample import PAGE, TOKEN, SampleConnector, sample_world


class Suite(CensusConformance, HttpConformance):
    """The checks; their fixtures are given by hand, so that pytest does not run them by itself."""

    __test__ = False


class LosesAPage(SampleConnector):
    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        for number, batch in enumerate(super().pull(scope, cursor)):
            if number != 1:
                yield batch


class DoublesAnItem(SampleConnector):
    def batch(self, found: list[Any], after: int) -> Batch:
        return super().batch([*found, *found[:1]], after)


class CountsWhatItHasRead(SampleConnector):
    """When an item is edited, all behind it move up: the next page begins one too late."""

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        start = after = self.position(cursor)
        skip, more = 0, True
        while more:
            answer = self.get(
                f"/scopes/{scope}/items?after={start}&size={PAGE}&skip={skip}", scope=scope
            )
            page = json.loads(answer.body)
            found, more = page["items"], page["more"]
            skip, after = skip + len(found), max([after, *self.revisions(found)])
            yield self.batch(found, after)


class CursorRunsAhead(SampleConnector):
    """Its cursor leaves out what is still to come."""

    def cursor(self, after: int) -> Cursor:
        return {"after": after + 1}


class CursorWithoutMemory(SampleConnector):
    def cursor(self, after: int) -> Cursor:
        return {}


class CursorThatIsNoJson(SampleConnector):
    def cursor(self, after: int) -> Cursor:
        return {"after": after, "at": datetime(2026, 1, 5, tzinfo=UTC)}


class TrustsEveryCursor(SampleConnector):
    def position(self, cursor: Cursor | None) -> int:
        return int(str((cursor or {"after": 0})["after"]))


class OneBigBatch(SampleConnector):
    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        batches = list(super().pull(scope, cursor))
        items = tuple(item for batch in batches for item in batch.items)
        links = tuple(link for batch in batches for link in batch.links)
        yield Batch(cursor=batches[-1].cursor, items=items, links=links)


class MissesLinks(SampleConnector):
    def links(self, payload: object) -> list[Any]:
        return []


class LogsItsToken(SampleConnector):
    def ask(self, path: str) -> Answer:
        logging.getLogger("sample").debug("asking with %s", TOKEN)
        return super().ask(path)


class TokenInTheAddress(SampleConnector):
    def ask(self, path: str) -> Answer:
        return super().ask(f"{path}{'&' if '?' in path else '?'}token={TOKEN}")


class QuotesTheServer(SampleConnector):
    def get(self, path: str, *, scope: str, accept: Sequence[int] = ()) -> Answer:
        answer = self.ask(path)
        if answer.status >= 400 and answer.status not in accept:
            raise Stop(f"{scope}: {answer.body.decode()}")
        return answer


class NeverTriesAgain(SampleConnector):
    def get(self, path: str, *, scope: str, accept: Sequence[int] = ()) -> Answer:
        answer = self.ask(path)
        if answer.status == 429 or answer.status >= 500:
            raise Retry(f"{scope}: {answer.status}")
        return answer if answer.status in accept else super().get(path, scope=scope)


class IgnoresRetryAfter(SampleConnector):
    def ask(self, path: str) -> Answer:
        answer = super().ask(path)
        for _ in range(50):
            if answer.status != 429:
                break
            answer = super().ask(path)
        return answer


class WaitsAsLongAsItIsTold(SampleConnector):
    def ask(self, path: str) -> Answer:
        answer = super().ask(path)
        if answer.status == 429 and answer.headers.get("retry-after", "").isdecimal():
            self.context.sleep(float(answer.headers["retry-after"]))
            return super().ask(path)
        return answer


class AsksForEver(SampleConnector):
    def ask(self, path: str) -> Answer:
        answer = super().ask(path)
        for _ in range(40):
            if answer.status == 429:
                answer = super().ask(path)
        return answer


class TakesOutagesForTheEnd(SampleConnector):
    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        try:
            yield from super().pull(scope, cursor)
        except Retry:
            yield Batch(cursor={"after": 10_000})


class CrashesOnABadItem(SampleConnector):
    def batch(self, found: list[Any], after: int) -> Batch:
        made = super().batch(found, after)
        if made.warnings:
            raise KeyError(made.warnings[0])
        return made


class LosesBadItemsSilently(SampleConnector):
    def batch(self, found: list[Any], after: int) -> Batch:
        made = super().batch(found, after)
        return Batch(cursor=made.cursor, items=made.items, links=made.links)


class RunsInCircles(SampleConnector):
    def guard(self, scope: str) -> PageGuard:
        class Blind(PageGuard):
            def check(self, token: str) -> str:
                return token

        return Blind(scope)


class HidesRequests(SampleConnector):
    def ask(self, path: str) -> Answer:
        super().ask(path)
        return super().ask(path)


class LeavesOutARefusedSource(SampleConnector):
    def get(self, path: str, *, scope: str, accept: Sequence[int] = ()) -> Answer:
        try:
            return super().get(path, scope=scope, accept=accept)
        except Stop as error:
            raise Skip(str(error)) from None


class StopsForOneScope(SampleConnector):
    def get(self, path: str, *, scope: str, accept: Sequence[int] = ()) -> Answer:
        try:
            return super().get(path, scope=scope, accept=accept)
        except Skip as error:
            raise Stop(str(error)) from None


class TakesARefusalForNothing(SampleConnector):
    """Its census of what it may not see says that all is gone."""

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        try:
            yield from super().ids(scope)
        except Skip:
            yield frozenset()


class CensusForgetsOne(SampleConnector):
    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        for page in super().ids(scope):
            yield page - {min(page)}


class TakesAllForGone(SampleConnector):
    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        for item in items:
            yield Absence(item=item, presence=Presence.GONE, at=self.context.now())


class TakesAllForThere(SampleConnector):
    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        yield from ()


class ConvertsAnything(SampleConnector):
    def convert(self, payload: object) -> Batch:
        try:
            return super().convert(payload)
        except ValueError:
            return Batch(cursor={})


class ConvertsOtherwise(SampleConnector):
    def convert(self, payload: object) -> Batch:
        made = super().convert(payload)
        return Batch(cursor={}, items=made.items[1:])


class ClosesForGood(SampleConnector):
    closed = False

    def close(self) -> None:
        self.closed = True

    def ask(self, path: str) -> Answer:
        if self.closed:
            raise RuntimeError("closed")
        return super().ask(path)


CASES: tuple[tuple[type[SampleConnector], str, dict[str, object]], ...] = (
    (LosesAPage, "test_a_whole_pull_finds_everything", {}),
    (MissesLinks, "test_a_whole_pull_finds_everything", {}),
    (DoublesAnItem, "test_records_keep_their_promises", {}),
    (CursorRunsAhead, "test_a_pull_goes_on_from_every_batch", {}),
    (CursorRunsAhead, "test_a_pull_killed_before_a_batch_is_stored_loses_nothing", {}),
    (CursorWithoutMemory, "test_an_unchanged_scope_says_nothing_new", {}),
    (CursorWithoutMemory, "test_an_unchanged_scope_costs_few_requests", {}),
    (CursorWithoutMemory, "test_an_edit_costs_less_than_everything", {}),
    (CursorThatIsNoJson, "test_cursors_are_json", {}),
    (TrustsEveryCursor, "test_a_cursor_that_cannot_be_read_begins_anew", {}),
    (CursorRunsAhead, "test_an_edit_comes_with_the_next_pull", {}),
    (CountsWhatItHasRead, "test_items_that_change_between_pages_are_not_lost", {}),
    (OneBigBatch, "test_small_pages_make_many_batches", {}),
    (LosesAPage, "test_the_size_of_pages_makes_no_difference", {"size": 1000}),
    (LogsItsToken, "test_secrets_are_never_told", {}),
    (TokenInTheAddress, "test_no_secret_is_in_an_address", {}),
    (QuotesTheServer, "test_no_error_tells_what_the_server_said", {"status": 403}),
    (NeverTriesAgain, "test_a_passing_failure_is_tried_again", {"failure": "500"}),
    (
        TakesOutagesForTheEnd,
        "test_an_outage_ends_the_pull_and_the_next_one_heals",
        {"failure": "504"},
    ),
    (IgnoresRetryAfter, "test_a_short_rate_limit_is_waited_for", {"form": "seconds"}),
    (WaitsAsLongAsItIsTold, "test_a_long_rate_limit_is_raised", {"form": "seconds"}),
    (AsksForEver, "test_a_rate_limit_without_end_is_raised", {"form": "nought"}),
    (CrashesOnABadItem, "test_a_bad_field_costs_one_item_at_most", {"kind": "null"}),
    (LosesBadItemsSilently, "test_a_bad_field_costs_one_item_at_most", {"kind": "another type"}),
    (RunsInCircles, "test_pages_that_run_in_a_circle_end", {}),
    (HidesRequests, "test_every_request_is_counted", {}),
    (LeavesOutARefusedSource, "test_a_refused_token_stops_the_source", {}),
    (StopsForOneScope, "test_a_missing_scope_does_not_harm_the_others", {}),
    (ConvertsAnything, "test_what_is_no_payload_is_refused", {"payload": 7}),
    (ConvertsOtherwise, "test_recorded_answers_convert_to_what_a_pull_gives", {}),
    (ConvertsOtherwise, "test_recorded_payloads_convert_to_what_a_pull_gives", {}),
    (ClosesForGood, "test_it_can_be_closed_and_used_again", {}),
    (CensusForgetsOne, "test_a_census_lists_exactly_the_items", {}),
    (TakesARefusalForNothing, "test_a_census_of_a_missing_scope_is_skipped", {}),
    (TakesAllForGone, "test_items_that_are_there_are_not_absent", {}),
    (TakesAllForThere, "test_a_deleted_item_is_found_out", {}),
)


CRASHES: dict[type[SampleConnector], type[Exception]] = {
    CursorThatIsNoJson: TypeError,
    TrustsEveryCursor: KeyError,
    NeverTriesAgain: Retry,
    CrashesOnABadItem: KeyError,
    LeavesOutARefusedSource: Skip,
    ClosesForGood: RuntimeError,
}
"""What a connector raises in the middle of its check; the others fail by an assertion."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catches") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.mark.parametrize(
    ("kind", "check", "arguments"),
    [pytest.param(*case, id=f"{case[0].__name__}: {case[1]}") for case in CASES],
)
def test_a_broken_connector_fails_the_check_that_is_for_it(
    kind: type[SampleConnector],
    check: str,
    arguments: dict[str, object],
    template: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = {"test_secrets_are_never_told": {"tmp_path": tmp_path, "caplog": caplog}}
    given["test_no_error_tells_what_the_server_said"] = {"caplog": caplog}

    def hold(connector: type[SampleConnector]) -> None:
        path = shutil.copy(template, tmp_path / "conformance.db")
        caplog.clear()
        with (
            sample_world(connector) as world,
            open_store(f"sqlite:///{path}") as store,
            Proxy(world.url, page_parameter=world.page_parameter) as proxy,
        ):
            proxy.page_size = 2
            getattr(Suite(), check)(Bench(world, store, proxy), **arguments, **given.get(check, {}))

    hold(SampleConnector)
    with pytest.raises(CRASHES.get(kind, (AssertionError, pytest.fail.Exception))):
        hold(kind)
