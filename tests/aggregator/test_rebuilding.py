"""A portfolio of which parts are kept is the one that is built anew."""

import gc
import weakref
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from msgspec import structs

from slipwatch.aggregator.delay.estimate import Dated, estimate
from slipwatch.aggregator.delay.learning import Learner
from slipwatch.aggregator.delay.views import Delays
from slipwatch.aggregator.portfolio.build import Built, build_portfolio, end_of_day
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.portfolio.kept import Kept
from slipwatch.aggregator.portfolio.model import Milestone
from slipwatch.aggregator.reading import Reader, read_facts
from slipwatch.aggregator.store import Store, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

from .edits import EDITS, TODAY, Edit, Tracker
from .files import file

Stores = tuple[Store, ...]
SOURCE = "tracker"


@pytest.fixture
def stores(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[Stores]:
    """Give the stores of two programs on one database."""
    monkeypatch.setenv("KEY", "a key that nobody can guess")
    with ExitStack() as stack:
        yield tuple(stack.enter_context(open_store(sqlite_url)) for _ in range(2))


def reload(tracker: Tracker) -> None:
    """Let the operator save another file."""
    FILES[tracker.source] = file(tracker.source, tracker.rng)


FILES: dict[str, SlipwatchSettings] = {}


def told(built: Built) -> str:
    """Write out all of it, in its order; calendars by what they say."""
    calendars = {name: c.to_bits() for name, c in built.portfolio.calendars.items()}
    members = {name: sorted(refs) for name, refs in built.members.items()}
    plain = replace(built, portfolio=replace(built.portfolio, calendars={}), members={})
    return f"{plain} {calendars} {members}"


def delays(facts: Facts, built: Built, learner: Learner) -> Delays | None:
    """Tell which items will be late."""
    day, zone = built.portfolio.as_of, ZoneInfo(built.portfolio.timezone)
    dated = Dated(day=day, zone=zone, moment=end_of_day(day, zone), members=built.members)
    return estimate(facts, dated, learner, seed=0)


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32),
    edits=st.lists(st.lists(st.sampled_from((*EDITS, reload)), max_size=4), min_size=2, max_size=6),
    days=st.lists(st.integers(0, 1), min_size=6, max_size=6),
)
def test_a_portfolio_with_kept_parts_is_the_one_built_anew(
    stores: Stores, seed: int, edits: list[list[Edit]], days: list[int]
) -> None:
    source = f"{SOURCE}{len(FILES)}"
    tracker, reader, kept = Tracker(source, stores, seed), Reader(), Kept()
    learner = Learner()
    reload(tracker)
    as_of = TODAY
    for some, day in zip(edits, days, strict=False):
        for edit in some:
            edit(tracker)
        as_of += timedelta(day * (tracker.rng.random() < 0.2))
        settings, now = FILES[source], tracker.now + (as_of - TODAY)
        facts = reader.read(stores[0], past=False)
        again = build_portfolio(settings, facts, as_of, now=now, kept=kept)
        anew = build_portfolio(settings, read_facts(stores[0], past=False), as_of, now=now)
        assert told(again) == told(anew)
        assert delays(facts, again, learner) == delays(facts, anew, Learner())
        for store in stores[:1]:
            store.remember_slugs(again.slugs)


def test_milestones_whose_items_are_as_they_were_are_the_same(stores: Stores) -> None:
    tracker, reader, kept = Tracker(SOURCE, stores, 1), Reader(), Kept()
    plain = {"id": "pay", "scope": [{"source": SOURCE, "project": "PAY"}], "discover": ["versions"]}
    told = {"programs": [{"id": "p", "projects": [plain]}]}
    settings = SlipwatchSettings.model_validate(told).model_copy(
        update={"sources": {SOURCE: SourceSettings(kind="jira")}}
    )

    def milestones() -> Mapping[str, Milestone]:
        facts = reader.read(stores[0], past=False)
        built = build_portfolio(settings, facts, TODAY, now=tracker.now, kept=kept)
        return built.portfolio.milestones

    before = milestones()
    version = tracker.milestones["PAY1.0"]
    item = structs.replace(tracker.one(), scope="PAY", milestones=(version.id,))
    tracker.tell(items=(item,))
    assert {name for name, one in milestones().items() if one.scope is not before[name].scope} == {
        "p/pay/1.0"
    }


def test_a_part_is_made_again_of_something_else_alone() -> None:
    kept, made = Kept(), list[int]()

    def make() -> int:
        made.append(1)
        return len(made)

    parts: list[int] = []
    for basis, given_ in (("day", [1]), ("day", [1]), ("day", [2]), ("next day", [2])):
        kept.begin(basis)
        parts.append(kept.part("flow", "web", given_, make))
        kept.end()
    assert parts == [1, 1, 2, 3]


def test_parts_that_nobody_asks_for_any_more_are_let_go_of() -> None:
    class Part:
        """Something to hold."""

    kept = Kept()
    gc.disable()
    try:
        kept.begin("day")
        held = weakref.ref(kept.part("flow", "web", 1, Part))
        kept.end()
        assert held() is not None
        kept.begin("day")
        kept.end()
        assert held() is None
    finally:
        gc.enable()
