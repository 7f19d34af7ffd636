"""Pages that expire, repeat themselves or move under a walk, and clocks that are hours off."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from slipwatch.aggregator.store import ErrorKind

from ..acceptance.worlds import difference, stored_facts
from .bench import Bench, listing_of
from .front import Asked, Meddle, Reply, Site, Wire
from .listings import row_of
from .sites import READ_FIRST, Tracker, honest

MANY = 200
"""Requests that no sync of a site this small comes near, unless it goes round in circles."""

_PAGE_OF_A_BODY = re.compile(rb',?"nextPageToken":"[^"]*"')
_PLACES = {"nextPageToken", "after", "startAt", "page", "since", "updated_after", "created_after"}
_PLACE = re.compile(r"\b(nextPageToken|after|startAt|page)=")


@pytest.fixture
def living(tracker: Tracker, tmp_path: Path) -> Iterator[Bench]:
    """Give a site of its own, which may be edited."""
    with Bench(tracker, tmp_path) as bench:
        yield bench


def truth(bench: Bench) -> list[str]:
    """Give what is true of a site that is read first."""
    assert bench.site.truth is not None
    return bench.site.truth()


def at_later_pages(answer: Meddle, *, times: int) -> Meddle:
    """Meet a fault where a page that another one named is asked for."""
    left = iter(range(times))

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        later = _PLACE.search(asked.query) and "startAt=0" not in asked.query
        meets = later and next(left, None) is not None
        return answer(asked, site) if meets else site(asked)

    return meddle


def expired(asked: Asked, _site: Site) -> Reply:
    status = 422 if "/repos" in asked.path else 400
    body = json.dumps({"message": "expired", "errorMessages": ["expired"]}).encode()
    return Reply(status=status, headers={"content-type": "application/json"}, body=body)


@pytest.mark.parametrize("times", [1, 1000], ids=["once", "always"])
@pytest.mark.parametrize("tracker", READ_FIRST)
def test_a_page_that_has_expired_is_not_the_end_of_a_list(bench: Bench, times: int) -> None:
    trial = bench.trial()

    outcome = trial.sync(at_later_pages(expired, times=times))

    assert outcome.requests.total() < MANY
    assert outcome.failures == bool(outcome.said)
    # Plans of projects stay as they were where those cannot be read, which is a warning.
    if not (outcome.said or outcome.result.warnings):
        assert difference(bench.calm.facts, trial.facts()) == []
    assert trial.sync().said == []
    trial.check_healed()


def repeating(bench: Bench, listing: str) -> Meddle:
    """Give the first page of a listing for ever, as a broken cache does."""
    first: dict[tuple[str, str | None, str], Reply] = {}

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        if listing_of(asked) != listing:
            return site(asked)
        names = ",".join(name for name in parse_qs(asked.query) if name not in _PLACES)
        about = _PAGE_OF_A_BODY.sub(b"", asked.body).decode() + names
        return first.setdefault((asked.path, bench.scope_of(asked), about), site(asked))

    return meddle


@pytest.mark.parametrize("tracker", list(Tracker))
def test_a_page_that_comes_again_and_again_ends_the_sync_and_is_said(bench: Bench) -> None:
    calm = bench.calm
    for listing in (name for name in bench.own if calm.full[name] > 1):
        trial = bench.trial()

        outcome = trial.sync(repeating(bench, listing))

        assert outcome.requests.total() < MANY, listing
        assert outcome.result.error_kind is not ErrorKind.BUG
        assert outcome.failures == bool(outcome.said)
        if not (outcome.said or row_of(bench.tracker, listing).spare):
            assert difference(calm.facts, trial.facts()) == [], listing
        assert trial.sync().said == [], listing
        assert difference(calm.facts, trial.facts()) == [], listing


@pytest.mark.parametrize("tracker", READ_FIRST)
def test_what_is_edited_while_any_listing_is_read_is_known_in_the_end(living: Bench) -> None:
    for turn, listing in enumerate(living.own):
        trial = living.trial()
        seeds = iter(range(10 * turn, 10 * turn + 6))

        def work(
            asked: Asked, site: Site, listing: str = listing, seeds: Iterator[int] = seeds
        ) -> Reply:
            reply = site(asked)
            if listing_of(asked) == listing and (seed := next(seeds, None)) is not None:
                living.site.edit(1, seed, timedelta(seconds=30))
            return reply

        trial.sync(work)
        trial.clock.at = living.world.now
        outcome = trial.sync()

        assert (outcome.said, outcome.failures) == ([], 0)
        assert difference(truth(living), stored_facts(trial.store)) == []
        living.world.now += timedelta(hours=1)


def no_clock(asked: Asked, site: Site) -> Reply:
    """Answer without the time."""
    reply = site(asked)
    headers = {name: value for name, value in reply.headers.items() if name != "date"}
    return Reply(status=reply.status, headers=headers, body=reply.body)


@pytest.mark.parametrize(
    ("hours", "answer"),
    [(-7, honest), (7, honest), (7, no_clock)],
    ids=["behind", "ahead", "ahead, unseen"],
)
@pytest.mark.parametrize("tracker", READ_FIRST)
def test_a_clock_that_is_hours_off_loses_nothing(
    living: Bench, hours: int, answer: Callable[[Asked, Site], Reply]
) -> None:
    trial = living.trial()
    trial.clock.at = living.world.now + timedelta(hours=hours)
    trial.sync(answer)

    for seed in range(2):
        living.site.edit(2, seed, timedelta(minutes=20))
        trial.clock.at = living.world.now + timedelta(hours=hours)
        outcome = trial.sync(answer)

        assert (outcome.said, outcome.failures) == ([], 0)
        assert outcome.result.changed == 2
        assert difference(truth(living), stored_facts(trial.store)) == []
