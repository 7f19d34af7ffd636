"""Data that is odd and still data: nulls, words nobody knows, characters no text holds, 10 MB.

Whichever listing it is in: no item is lost for it, and nothing is taken for a bug of ours.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from slipwatch.aggregator.store import ErrorKind

from ..acceptance.worlds import SOURCE
from .bench import Bench, Trial, listing_of
from .front import Asked, Meddle, Reply, Site, Wire
from .listings import row_of
from .sites import Tracker

Change = Callable[[str, Any], Any]
"""Gives the value that a key has instead; the key is the last two names on the way to it."""


_NEEDED = frozenset(
    {
        "id",
        "iid",
        "path_with_namespace",
        "group_id",
        "web_url",
        "link_type",
        "key",
        "number",
        "title",
        "state",
        "full_name",
        "fields",
        "issues",
        "values",
    }
    | {"created_at", "updated_at", "created", "updated"}
    | {"isLast", "total", "nextPageToken", "data", "repository", "nodes"}
)
_TEXTS = frozenset(
    {"summary", "title", "description", "body", "name", "displayName", "login", "label", "value"}
)
_CHOICES = frozenset(
    {"state", "state_reason", "deploymentType", "relationship", "event", "statusCategory/key"}
    | {"type/name"}
)
ODD = "\x00\x1b[2J\x7f\u202e\ud83d"


def changed(value: Any, change: Change, way: tuple[str, ...] = ()) -> Any:
    """Go through JSON and change what is to be changed."""
    if isinstance(value, list):
        return [changed(each, change, way) for each in value]
    if isinstance(value, dict):
        return {
            key: change("/".join((*way, key)[-2:]), changed(each, change, (*way, key)))
            for key, each in value.items()
        }
    return value


def answering(listing: str, change: Change) -> Meddle:
    """Change what a listing says."""

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        reply = site(asked)
        if listing_of(asked) != listing or reply.status != 200:
            return reply
        said = json.dumps(changed(json.loads(reply.body), change)).encode()
        return Reply(status=200, headers=reply.headers, body=said)

    return meddle


def _is(key: str, names: frozenset[str]) -> bool:
    return key in names or key.rpartition("/")[2] in names


def nulled(key: str, value: Any) -> Any:
    return value if _is(key, _NEEDED) else None


def strange(key: str, value: Any) -> Any:
    if _is(key, _CHOICES) and isinstance(value, str):
        return "brand-new"
    return f"{value}{ODD}" if _is(key, _TEXTS) and isinstance(value, str) else value


def ids(trial: Trial) -> list[str]:
    return [item.id for _, item in trial.store.items(SOURCE)]


@pytest.mark.parametrize("change", [nulled, strange], ids=lambda change: change.__name__)
@pytest.mark.parametrize("tracker", list(Tracker))
def test_odd_data_costs_no_item_and_is_no_bug(bench: Bench, change: Change) -> None:
    trial = bench.trial()
    trial.sync()
    expected = ids(trial)
    for listing in bench.own:
        trial = bench.trial()

        outcome = trial.sync(answering(listing, change))

        assert outcome.result.error_kind is not ErrorKind.BUG, (listing, outcome.log)
        assert outcome.failures == bool(outcome.said), listing
        if not (outcome.said or row_of(bench.tracker, listing).spare):
            assert (outcome.result.warnings, ids(trial)) == ((), expected), listing
        assert all(json.loads(line) for line in outcome.log.splitlines())


LARGE = {
    "references": "blocked by #1, " * 666_666,
    "words and brackets": "a" * 5_000_000 + "[[(((>" * 833_333,
}


def only_the_first(text: str) -> Change:
    """Make the first title, and the first text, ten megabytes long."""
    names = [frozenset({"summary", "title"}), frozenset({"description", "body"})]

    def change(key: str, value: Any) -> Any:
        for meant in names:
            if _is(key, meant):
                names.remove(meant)
                return text
        return value

    return change


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
@pytest.mark.parametrize(
    "tracker", [Tracker.CLOUD, Tracker.DATACENTER, Tracker.REST, Tracker.GITLAB]
)
def test_ten_megabytes_in_one_field_are_read_in_seconds(bench: Bench, text: str) -> None:
    listing = next(name for name in bench.calm.full if "search" in name or "}/issues" in name)
    items = sum(fact.startswith('["item"') for fact in bench.calm.facts)
    trial = bench.trial()
    began = time.process_time()

    outcome = trial.sync(answering(listing, only_the_first(text)))

    assert (outcome.said, outcome.failures) == ([], 0)
    assert sum(fact.startswith('["item"') for fact in trial.facts()) == items
    assert time.process_time() - began < 20.0
