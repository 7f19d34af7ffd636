"""Every fault on every listing of every connector.

After each: nothing lost, nothing doubled, the cursor right, the error named where an operator
looks, other sources unaffected, and the next sync heals.

A fault that another try betters is met once at every listing. A fault that lasts ends in one of
few errors, and a connector hears no more of it than which: to ask again, to ask again after a time,
to stop, or data of another shape. One fault of each error lasts at every listing, the others at one
listing of each tracker in turn.
"""

import base64
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.store import ErrorKind

from ..acceptance.worlds import difference
from .bench import Bench, Outcome, Trial, listing_of
from .faults import FAULTS, LIMIT, Fault
from .front import Asked, Meddle, Reply, Site, Wire
from .listings import LISTINGS, known_names, row_of
from .sites import READ_FIRST, TOKEN, Tracker

IN_A_ROW = 4
"""Faults that one request meets before it is answered; a fifth one would end the sync."""


def in_turns() -> list[Any]:
    """Put faults that may be met one after the other together, for each site that they meet."""
    cases: list[Any] = []
    for tracker in Tracker:
        passing = [fault for fault in FAULTS if fault.passes and tracker in fault.at]
        quick = [fault for fault in passing if not (fault.stalls or fault.trickles)]
        slow = [fault for fault in passing if fault.stalls]
        trickling = [fault for fault in passing if fault.trickles]
        together = [quick[at : at + IN_A_ROW] for at in range(0, len(quick), IN_A_ROW)]
        if tracker not in READ_FIRST:
            trickling = []
        for faults in (*together, slow, trickling):
            if faults:
                names = ", ".join(fault.name for fault in faults)
                cases.append(pytest.param(tracker, faults, id=f"{tracker}: {names}"))
    return cases


def at_length() -> list[Any]:
    """Pair each site with the faults that last there at every listing."""
    return [
        pytest.param(tracker, fault, id=f"{tracker}: {fault.name}")
        for tracker in Tracker
        for fault in FAULTS
        if tracker in fault.at and fault.stands_for_others
    ]


def lasting(listing: str, fault: Meddle) -> Meddle:
    """Meet a fault whenever a listing is asked for."""

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        return fault(asked, site) if listing_of(asked) == listing else site(asked)

    return meddle


def passing(faults: Sequence[Meddle], listings: Sequence[str]) -> Meddle:
    """Meet some faults at each of the listings, one after the other, and none again."""
    left = {listing: list(faults) for listing in listings}

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        waiting = left.get(listing_of(asked))
        return waiting.pop(0)(asked, site) if waiting else site(asked)

    return meddle


def sync_where_it_is_asked_for(trial: Trial, listing: str, meddle: Meddle, wait: float) -> Outcome:
    """Sync on top of what is there, or all anew where the listing is not asked for again."""
    trial.clock.at = trial.bench.world.now
    outcome = trial.sync(meddle, timeout=wait)
    if listing not in outcome.requests:
        outcome = trial.bench.trial().sync(meddle, timeout=wait)
    assert listing in outcome.requests
    return outcome


def check_secrets(bench: Bench, *shown: str) -> None:
    """Look for the token in all that an operator, Prometheus or a backup may see."""
    emailed = base64.b64encode(f"slipwatch@acme.example:{TOKEN}".encode()).decode()
    stored = [path.read_bytes() for path in bench.folder.glob("trial.db*")]
    for secret in (TOKEN, emailed):
        assert not any(secret in text for text in shown)
        assert not any(secret.encode() in data for data in stored)


def check_named(fault: Fault, outcome: Outcome, now: datetime, words: set[str]) -> None:
    """Look for a lasting fault where an operator looks."""
    state, result = outcome.state, outcome.result
    assert state is not None
    told = [text for text in (result.error, *result.skipped.values()) if text]
    assert told
    assert set(told) <= set(outcome.said)
    for text in told:
        assert any(each in text for each in words), text
        assert json.dumps(text) in outcome.log
    assert outcome.failures == 1
    assert outcome.codes[fault.code] >= 1
    if fault.passes or fault.error is ErrorKind.STOP:
        assert (result.error_kind, state.error_kind) == (fault.error, fault.error)
    if fault.away is not None:
        assert state.retry_at is not None
        assert timedelta(0) <= state.retry_at - now - fault.away < timedelta(minutes=1)


def check_lasting(trial: Trial, fault: Fault, listing: str) -> None:
    """Let a fault last at a listing; one that is an answer there is no fault."""
    bench = trial.bench
    row = row_of(bench.tracker, listing)
    if fault.code.isdecimal() and int(fault.code) in row.answers and fault.words != LIMIT:
        return
    answer = fault.answer(bench.world.now)
    outcome = sync_where_it_is_asked_for(trial, listing, lasting(listing, answer), fault.wait)
    if outcome.said or not row.spare:
        words = {row.of_another_shape} if fault.name == "another shape" else set[str]()
        check_named(fault, outcome, bench.world.now, words | {fault.words})
    check_secrets(bench, *outcome.said, outcome.log, trial.metrics())


def check_all_is_well(trial: Trial) -> None:
    """See that the next sync heals, and that another source never knew."""
    trial.clock.at = trial.bench.world.now
    again = trial.sync()
    assert (again.said, again.failures) == ([], 0)
    trial.check_healed()
    trial.check_neighbour()


@pytest.mark.parametrize("tracker", list(Tracker))
def test_all_that_a_sync_asks_for_has_its_row_and_every_row_is_asked_for(bench: Bench) -> None:
    assert set(bench.own) == known_names(bench.tracker)
    assert set(bench.calm.full) <= known_names()


def test_every_row_is_of_a_site_on_trial() -> None:
    assert {row.tracker for row in LISTINGS} == set(Tracker)


@pytest.mark.parametrize(("tracker", "fault"), at_length())
def test_a_fault_costs_nothing_but_time(bench: Bench, fault: Fault) -> None:
    trial = bench.trial()
    for listing in bench.own:
        check_lasting(trial, fault, listing)

    check_all_is_well(trial)


@pytest.mark.parametrize("tracker", READ_FIRST)
def test_no_fault_costs_more_however_long_it_lasts(bench: Bench) -> None:
    trial = bench.trial()
    faults = [fault for fault in FAULTS if bench.tracker in fault.at and not fault.trickles]
    for turn, fault in enumerate(each for each in faults if not each.stands_for_others):
        check_lasting(trial, fault, fault.only or bench.own[turn % len(bench.own)])

    check_all_is_well(trial)


@pytest.mark.parametrize(("tracker", "faults"), in_turns())
def test_faults_that_pass_are_not_even_a_failure(bench: Bench, faults: list[Fault]) -> None:
    trial = bench.trial()
    listings = bench.own[:1] if faults[0].trickles else bench.own
    answers = [fault.answer(bench.world.now) for fault in faults]

    outcome = trial.sync(passing(answers, listings), timeout=faults[0].wait)

    assert (outcome.said, outcome.failures) == ([], 0)
    for code in {fault.code for fault in faults} - {"200"}:
        met = sum(fault.code == code for fault in faults)
        assert outcome.codes[code] >= met * len(listings)
    assert difference(bench.calm.facts, trial.facts()) == []
