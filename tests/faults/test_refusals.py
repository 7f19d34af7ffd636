"""One project of many that is refused, whichever of its listings refuses it."""

import json

import pytest

from slipwatch.aggregator.store import ErrorKind

from ..acceptance.worlds import Kind
from .bench import Bench, listing_of
from .front import Asked, Meddle, Reply, Site, Wire
from .listings import Meaning, meaning


def refusing(bench: Bench, listing: str, kept: str, status: int) -> Meddle:
    """Refuse a listing, but where it is about the project that is kept."""
    body = json.dumps({"message": "secret plans", "errorMessages": ["secret plans"]}).encode()
    said = Reply(status=status, headers={"content-type": "application/json"}, body=body)

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        refused = listing_of(asked) == listing and bench.scope_of(asked) != kept
        return said if refused else site(asked)

    return meddle


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize("kind", list(Kind))
def test_one_project_that_is_refused_leaves_the_others(bench: Bench, status: int) -> None:
    calm = bench.calm
    for listing in calm.full:
        one, other = bench.size.names()
        if other not in calm.about[listing]:
            one, other = other, one
        trial = bench.trial()
        outcome = trial.sync(refusing(bench, listing, one, status))
        state = outcome.state
        assert state is not None

        assert outcome.codes[str(status)] >= 1, listing
        assert "secret plans" not in outcome.log
        match meaning(bench.kind, listing, status):
            case Meaning.NOTHING:
                assert (outcome.said, outcome.failures) == ([], 0), listing
                continue
            case Meaning.SCOPE:
                assert outcome.result.scopes == (one,), listing
                assert (state.error, set(state.skipped)) == (None, {other}), listing
            case Meaning.SOURCE:
                assert state.error_kind in {ErrorKind.STOP, ErrorKind.SKIP}, listing
        assert outcome.failures == 1
        for text in outcome.said:
            assert json.dumps(text) in outcome.log

        healed = trial.sync()

        assert (healed.said, healed.failures) == ([], 0), listing
        trial.check_healed()
