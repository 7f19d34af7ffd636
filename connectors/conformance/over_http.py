"""What a connector that speaks HTTP keeps to, in spite of what servers and networks do."""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from slipwatch.aggregator.connector import Retry, Skip, SourceError, Stop
from slipwatch.aggregator.store import Store

from .bench import Bench, through_json
from .core import Conformance, assert_converts
from .payloads import PayloadTests
from .proxy import Call, Fault, Proxy, Reply
from .world import World

PATIENCE = 600.0
"""No connector sleeps longer than this in one pull; a longer wait is raised."""
MOST_REQUESTS = 200
"""Of a walk through a few items, even when its pages run in a circle."""

_NUMBER = re.compile("[0-9]+")

FAILURES: Mapping[str, Reply] = {
    "500": Reply(status=500, body=b"{}"),
    "502 with HTML": Reply(status=502, body=b"<html>Bad gateway</html>"),
    "503 with Retry-After": Reply(status=503, headers={"retry-after": "1"}),
    "504": Reply(status=504),
    "HTML with 200": Reply(headers={"content-type": "text/html"}, body=b"<html>Sign in</html>"),
    "JSON that ends early": Reply(body=b'[{"id": 1, "title": "x'),
    "nothing with 200": Reply(),
    "a body that breaks off": Reply(body=b"[" + b"1," * 4000 + b"1]", truncated=True),
    "a connection that is reset": Reply(reset=True),
}


class HttpConformance(PayloadTests, Conformance):
    """The tests of a connector that speaks HTTP."""

    @pytest.fixture
    def bench(self, world: World, conformance_store: Store) -> Iterator[Bench]:
        """Make a workbench with a proxy, whose pages hold two items."""
        with Proxy(world.url, page_parameter=world.page_parameter) as proxy:
            proxy.page_size = 2 if world.page_parameter else None
            yield Bench(world, conformance_store, proxy)

    @pytest.fixture(autouse=True)
    def no_real_sleep(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Fail whoever sleeps by himself instead of through the context."""

        def sleep(seconds: float) -> None:
            raise AssertionError(f"slept {seconds} s for real: use Context.sleep")

        monkeypatch.setattr(time, "sleep", sleep)

    def test_small_pages_make_many_batches(self, bench: Bench) -> None:
        """A walk can be stopped between pages: it is no list that is cut up afterwards."""
        assert len(bench.pull()) >= bench.world.pages

    @pytest.mark.parametrize("size", [1, 3, 1000])
    def test_the_size_of_pages_makes_no_difference(self, bench: Bench, size: int) -> None:
        """A server may give less than it was asked for."""
        whole = bench.keep("two at a time", bench.pull())
        bench.proxy.page_size = size
        assert bench.keep("otherwise", bench.pull()) == whole

    def test_every_request_is_counted(self, bench: Bench) -> None:
        """``Context.on_request`` hears of each, with its status and without the address."""
        bench.pull()
        assert [seen.code for seen in bench.seen] == [
            str(reply.status) for reply in bench.proxy.replies
        ]

    def test_an_unchanged_scope_costs_few_requests(self, bench: Bench) -> None:
        """What did not change is not read again, page by page."""
        bench.sync()
        bench.proxy.forget()
        bench.sync()
        asked = [f"{call.method} {call.path}" for call in bench.proxy.calls]
        assert len(asked) <= bench.world.quiet_requests, asked

    def test_an_edit_costs_less_than_everything(self, bench: Bench) -> None:
        """After a change of one item, not all items are read."""
        bench.sync()
        bench.world.edit()
        assert bench.sync().items < len(bench.world.items)

    def test_items_that_change_between_pages_are_not_lost(self, bench: Bench) -> None:
        """Whatever moves while the pages are read, the next pull sets right."""
        bench.proxy.forget()
        bench.pull()
        for number in _telling(bench.proxy.calls):
            bench.proxy.forget()
            bench.proxy.fault = _before(number, bench.world.edit)
            name = f"edited before request {number}"
            batches = bench.pull()
            bench.keep(name, batches)
            bench.proxy.forget()
            told = bench.keep(name, bench.pull(through_json(batches[-1].cursor)))
            assert told == bench.keep(f"whole, {name}", bench.pull()), name

    def test_recorded_answers_convert_to_what_a_pull_gives(self, bench: Bench) -> None:
        """What the server answered goes through ``convert`` to the same records."""
        pulled = {item.id: item for batch in bench.pull() for item in batch.items}
        replies = [reply.json() for reply in bench.proxy.replies if reply.status == 200]
        assert_converts(bench, replies, pulled)

    def test_recorded_payloads_convert_to_what_a_pull_gives(self, bench: Bench) -> None:
        """All answers together are a payload as well."""
        pulled = {item.id: item for batch in bench.pull() for item in batch.items}
        pages = [
            page
            for reply in bench.proxy.replies
            if reply.status == 200 and _converts(bench, page := reply.json())
        ]
        assert_converts(bench, [pages], pulled)

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_refusal_takes_no_milestone_away(self, bench: Bench, status: int) -> None:
        """Whatever is refused, no list of milestones counts as read to its end."""
        bench.proxy.page_size = None
        source = bench.sync().source
        kinds = {_NUMBER.sub("", call.path): call.number for call in bench.proxy.calls}
        for number in kinds.values():
            bench.proxy.forget()
            bench.proxy.fault = _at(number, Reply(status=status, body=b"{}"))
            bench.sync(full=True)
            assert bench.gone(source) == set(), f"refused: request {number}"

    @pytest.mark.parametrize("failure", FAILURES)
    def test_a_passing_failure_is_tried_again(self, bench: Bench, failure: str) -> None:
        """One failure, at the first, a middle or the last request, changes nothing."""
        whole = bench.keep("whole", bench.pull())
        number = _place(bench.proxy.calls, [*FAILURES].index(failure))
        bench.proxy.forget()
        bench.proxy.fault = _at(number, FAILURES[failure])
        assert bench.keep("failed", bench.pull()) == whole, f"failed at request {number}"
        assert bench.clock.slept, "it was tried again at once"
        assert sum(bench.clock.slept) < PATIENCE

    @pytest.mark.parametrize("failure", FAILURES)
    def test_an_outage_ends_the_pull_and_the_next_one_heals(
        self, bench: Bench, failure: str
    ) -> None:
        """What was stored stays, and nothing is missing afterwards.

        ``Retry`` is raised, at the latest when nothing answers at all: a connector may do without
        what its items do not depend on, until the next pull.
        """
        whole = bench.keep("whole", bench.pull())
        number = _place(bench.proxy.calls, [*FAILURES].index(failure))
        bench.proxy.forget()
        bench.proxy.fault = _from(number, FAILURES[failure])
        with pytest.raises(Retry) if number == 0 else suppress(Retry):
            bench.keep("down", bench.batches())
        bench.proxy.forget()
        cursor = bench.store.cursor("down", bench.world.scope)
        assert bench.keep("down", bench.pull(cursor)) == whole, f"down from request {number}"

    @pytest.mark.parametrize("form", ["seconds", "a date"])
    def test_a_short_rate_limit_is_waited_for(self, bench: Bench, form: str) -> None:
        """As long as the server asks, through ``Context.sleep``."""
        whole = bench.keep("whole", bench.pull())
        number = _place(bench.proxy.calls, len(form))
        bench.proxy.forget()
        bench.proxy.fault = _at(number, _limit(bench, form, 7))
        assert bench.keep("limited", bench.pull()) == whole, f"limited at request {number}"
        assert 6 <= sum(bench.clock.slept) <= 60

    @pytest.mark.parametrize("form", ["absent", "nought", "nonsense"])
    def test_a_rate_limit_that_names_no_time_ends(self, bench: Bench, form: str) -> None:
        """It is waited for, or raised as ``Retry`` for later; the next pull finds the rest."""
        whole = bench.keep("whole", bench.pull())
        bench.proxy.forget()
        bench.proxy.fault = _at(1, _limit(bench, form, 0))
        with suppress(Retry):
            bench.keep("limited", bench.batches())
        assert sum(bench.clock.slept) < PATIENCE
        bench.proxy.forget()
        cursor = bench.store.cursor("limited", bench.world.scope)
        assert bench.keep("limited", bench.pull(cursor)) == whole

    @pytest.mark.parametrize("form", ["seconds", "a date"])
    def test_a_long_rate_limit_is_raised(self, bench: Bench, form: str) -> None:
        """``Retry`` says when; nobody sleeps for an hour."""
        bench.proxy.fault = _from(0, _limit(bench, form, 3600))
        with pytest.raises(Retry) as raised:
            bench.pull()
        at = raised.value.retry_at
        assert at is not None
        assert abs(at - bench.world.now - timedelta(hours=1)) < timedelta(minutes=2)
        assert sum(bench.clock.slept) < PATIENCE

    @pytest.mark.parametrize("form", ["seconds", "nought", "absent"])
    def test_a_rate_limit_without_end_is_raised(self, bench: Bench, form: str) -> None:
        """Asking stops after some tries."""
        bench.proxy.fault = _from(0, _limit(bench, form, 2))
        with pytest.raises(Retry):
            bench.pull()
        assert len(bench.proxy.calls) < 20

    def test_a_refused_token_stops_the_source(self, bench: Bench) -> None:
        """401 is ``Stop``, at once."""
        bench.proxy.fault = _from(0, Reply(status=401, body=b'{"message": "no"}'))
        with pytest.raises(Stop):
            bench.pull()
        assert len(bench.proxy.calls) == 1

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_refused_scope_is_left_out(self, bench: Bench, status: int) -> None:
        """``Skip``, or ``Stop`` where it cannot be about the scope alone; never again and again."""
        bench.proxy.fault = _from(0, Reply(status=status, body=b'{"message": "no"}'))
        with pytest.raises((Skip, Stop)):
            bench.pull()
        assert len(bench.proxy.calls) <= 2

    def test_a_missing_scope_does_not_harm_the_others(self, bench: Bench) -> None:
        """``Skip`` for one that the server has not; the others are read."""
        result = bench.sync(bench.world.missing, bench.world.scope)
        assert set(result.skipped) == {bench.world.missing}
        assert result.scopes == (bench.world.scope,)
        assert result.items == len(bench.world.items)

    def test_pages_that_run_in_a_circle_end(self, bench: Bench) -> None:
        """A server that names the same next page for ever is noticed."""
        bench.pull()
        for path in {_NUMBER.sub("", call.path): call.path for call in bench.proxy.calls}.values():
            bench.proxy.forget()
            bench.proxy.alter = _first_again(path)
            bench.proxy.page_size = 2
            with suppress(Retry):
                bench.pull()
            assert len(bench.proxy.calls) < MOST_REQUESTS, f"{path} was asked for ever"

    def test_no_secret_is_in_an_address(self, bench: Bench) -> None:
        """Servers and proxies write addresses down; the token belongs into a header."""
        bench.pull()
        for call in bench.proxy.calls:
            sent = "\n".join(call.headers.values())
            assert any(secret in sent for secret in bench.world.secrets), "no secret was sent"
            assert not any(secret in f"{call.path}?{call.query}" for secret in bench.world.secrets)

    @pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 429, 500])
    def test_no_error_tells_what_the_server_said(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        """An answer that quotes the token is in no error, and in no log."""
        quoted = " ".join(bench.world.secrets)
        reply = Reply(
            status=status,
            headers={"location": f"http://127.0.0.1:9/?token={quoted}", "retry-after": "99999"},
            body=json.dumps({"message": quoted, "errorMessages": [quoted]}).encode(),
        )
        bench.proxy.fault = _from(0, reply)
        with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as raised:
            bench.pull()
        error = raised.value
        said = f"{error!r}{error}{error.__cause__!r}{error.__context__!r}{caplog.text}"
        assert not any(secret in said for secret in bench.world.secrets)


def _telling(calls: Sequence[Call]) -> list[int]:
    """Choose every page of a list, and of what is asked item by item a few; never the first."""
    kinds: dict[str, list[Call]] = {}
    for call in calls:
        kinds.setdefault(_NUMBER.sub("", call.path), []).append(call)
    numbers: set[int] = set()
    for found in kinds.values():
        one_list = len({call.path for call in found}) == 1
        some = found if one_list else (found[0], found[len(found) // 2], found[-1])
        numbers |= {call.number for call in some}
    return sorted(numbers - {0})


def _converts(bench: Bench, payload: object) -> bool:
    with closing(bench.connector()) as connector:
        try:
            connector.convert(payload)
        except ValueError:
            return False
    return True


def _place(calls: list[Call], turn: int) -> int:
    """The first request, one in the middle or the last, in turns."""
    return (0, len(calls) // 2, len(calls) - 1)[turn % 3]


def _at(number: int, reply: Reply) -> Fault:
    return lambda call: reply if call.number == number else None


def _from(number: int, reply: Reply) -> Fault:
    return lambda call: reply if call.number >= number else None


def _before(number: int, act: Callable[[], object]) -> Fault:
    def fault(call: Call) -> None:
        if call.number == number:
            act()

    return fault


def _first_again(path: str) -> Callable[[Call, Reply], Reply]:
    """Answer requests for a path with what the first one got, until it is clear that they go on."""
    first: list[Reply] = []

    def alter(call: Call, reply: Reply) -> Reply:
        if call.path != path or reply.status != 200:
            return reply
        first.append(reply)
        return first[0] if len(first) <= MOST_REQUESTS else replace(reply, status=503)

    return alter


def _limit(bench: Bench, form: str, seconds: int) -> Reply:
    at = bench.clock.now
    value = {
        "seconds": str(seconds),
        "a date": format_datetime(at + timedelta(seconds=seconds), usegmt=True),
        "nought": "0",
        "nonsense": "soon",
        "absent": None,
    }[form]
    headers = {"date": format_datetime(at, usegmt=True)}
    return Reply(
        status=429,
        headers=headers if value is None else headers | {"retry-after": value},
        body=b'{"message": "slow down"}',
    )
