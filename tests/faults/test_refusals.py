"""One project of many that is refused, whichever of its listings refuses it."""

import json

import pytest

from slipwatch.aggregator.store import ErrorKind

from ..acceptance.worlds import difference
from .bench import Bench, listing_of
from .front import Asked, Meddle, Reply, Site, Wire
from .listings import Meaning, meaning
from .sites import READ_FIRST, Tracker


def refusing(bench: Bench, listing: str, kept: set[str], status: int) -> Meddle:
    """Refuse a listing, but where it is about a project that is kept."""
    body = json.dumps({"message": "secret plans", "errorMessages": ["secret plans"]}).encode()
    said = Reply(status=status, headers={"content-type": "application/json"}, body=body)

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        refused = listing_of(asked) == listing and bench.scope_of(asked) not in kept
        return said if refused else site(asked)

    return meddle


CASES = [
    pytest.param(tracker, status, id=f"{tracker}: {status}")
    for tracker in Tracker
    for status in (403, 404, 410)
    if status == 404 or (tracker in READ_FIRST and (status == 403 or tracker.family == "github"))
]


@pytest.mark.parametrize(("tracker", "status"), CASES)
def test_one_project_that_is_refused_leaves_the_others(bench: Bench, status: int) -> None:
    for listing in bench.own:
        names = set(bench.site.names)
        about = sorted(names & bench.calm.about[listing]) or sorted(names)
        refused = about[-1]
        trial = bench.trial()
        outcome = trial.sync(refusing(bench, listing, names - {refused}, status))
        state = outcome.state
        assert state is not None

        assert outcome.codes[str(status)] >= 1, listing
        assert "secret plans" not in outcome.log
        match meaning(bench.tracker, listing, status):
            case Meaning.NOTHING:
                assert (outcome.said, outcome.failures) == ([], 0), listing
                continue
            case Meaning.SCOPE:
                assert set(outcome.result.scopes) == names - {refused}, listing
                assert (state.error, set(state.skipped)) == (None, {refused}), listing
            case Meaning.CENSUS:
                assert (state.error, set(state.skipped)) == (None, {refused}), listing
            case Meaning.SOURCE:
                assert state.error_kind in {ErrorKind.STOP, ErrorKind.SKIP}, listing
        assert outcome.failures == 1
        for text in outcome.said:
            assert json.dumps(text) in outcome.log

        healed = trial.sync()

        assert (healed.said, healed.failures) == ([], 0), listing
        assert difference(bench.calm.facts, trial.facts()) == [], listing
