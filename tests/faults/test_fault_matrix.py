"""Every fault on every listing of every connector.

After each: nothing lost, nothing doubled, the cursor right, the error named where an operator
looks, other sources unaffected, and the next sync heals.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.store import ErrorKind

from ..acceptance.worlds import Kind
from .bench import TOKEN, Bench, Outcome, Trial, listing_of
from .faults import FAULTS, Fault
from .front import Asked, Meddle, Reply, Site, Wire
from .listings import LISTINGS, is_spare


def cases(*, passing: bool) -> list[Any]:
    """Pair each fault with the sites it happens at."""
    return [
        pytest.param(kind, fault, id=f"{kind}: {fault.name}")
        for fault in FAULTS
        if fault.passes or not passing
        for kind in sorted(fault.kinds)
    ]


def lasting(listing: str, fault: Meddle) -> Meddle:
    """Meet a fault whenever a listing is asked for."""

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        return fault(asked, site) if listing_of(asked) == listing else site(asked)

    return meddle


def passing(fault: Meddle) -> Meddle:
    """Meet a fault once at each listing."""
    met: set[str] = set()

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        if listing_of(asked) in met:
            return site(asked)
        met.add(listing_of(asked))
        return fault(asked, site)

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


def check_named(fault: Fault, outcome: Outcome, now: datetime) -> None:
    """Look for a lasting fault where an operator looks."""
    state, result = outcome.state, outcome.result
    assert state is not None
    assert outcome.said
    for text in outcome.said:
        assert fault.words in text
        assert json.dumps(text) in outcome.log
    assert outcome.failures == 1
    assert outcome.codes[fault.code] >= 1
    if fault.passes or fault.error is ErrorKind.STOP:
        assert (result.error_kind, state.error_kind) == (fault.error, fault.error)
    if fault.away is not None:
        assert state.retry_at is not None
        assert timedelta(0) <= state.retry_at - now - fault.away < timedelta(minutes=1)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_listing_of_a_full_sync_has_its_row_and_every_row_is_asked_for(bench: Bench) -> None:
    rows = {row.name for row in LISTINGS if row.kind is bench.kind}

    assert set(bench.calm.full) == rows


@pytest.mark.parametrize(("kind", "fault"), cases(passing=False))
def test_a_fault_costs_nothing_but_time(bench: Bench, fault: Fault) -> None:
    answer = fault.answer(bench.world.now)
    calm = bench.calm
    trial = bench.trial()
    for listing in list(calm.full)[: 1 if fault.stalls else None]:
        outcome = sync_where_it_is_asked_for(trial, listing, lasting(listing, answer), fault.wait)
        if outcome.said or not is_spare(bench.kind, listing):
            check_named(fault, outcome, bench.world.now)
        check_secrets(bench, *outcome.said, outcome.log, trial.metrics())

    again = trial.sync()

    assert (again.said, again.failures) == ([], 0)
    trial.check_healed()


@pytest.mark.parametrize(("kind", "fault"), cases(passing=True))
def test_a_fault_that_passes_is_not_even_a_failure(bench: Bench, fault: Fault) -> None:
    calm = bench.calm
    trial = bench.trial()

    outcome = trial.sync(passing(fault.answer(bench.world.now)), timeout=fault.wait)

    assert (outcome.said, outcome.failures) == ([], 0)
    assert outcome.codes[fault.code] >= len(calm.full)
    trial.check_healed()
