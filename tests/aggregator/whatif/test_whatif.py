"""What if: the answer is a fresh assessment of the changed world, and nothing else moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.calendar import FIRST, LAST, WorkCalendar
from slipwatch.aggregator.portfolio.model import (
    Dependency,
    DependencyType,
    Milestone,
    OpenItem,
    Portfolio,
    Program,
    Project,
    Scope,
    Spread,
    Stream,
)
from slipwatch.aggregator.whatif import written
from slipwatch.aggregator.whatif.answer import Answer, standing, what_if
from slipwatch.aggregator.whatif.changes import (
    Change,
    Close,
    Commit,
    Drop,
    Items,
    Pace,
    Retype,
    Slip,
    change,
)

TODAY = date(2026, 1, 5)
TRIALS = 100
WEEKENDS = frozenset(
    date.fromordinal(day)
    for day in range(FIRST.toordinal(), LAST.toordinal() + 1)
    if date.fromordinal(day).isoweekday() > 5
)
DONE = tuple(
    day for n in range(120, 0, -1) for day in [TODAY - timedelta(days=n)] if day not in WEEKENDS
)
"""Items of a team whose pace is learned: one on each working day."""
NAMES = ("p/x/a", "p/x/b", "p/y/c", "p/y/d", "p/y/e")


@dataclass(frozen=True, kw_only=True)
class World:
    """A small company written down twice: as it is, and as it would be."""

    durations: Mapping[str, int] = field(default_factory=dict[str, int])
    items: Mapping[str, int] = field(default_factory=dict[str, int])
    commitments: Mapping[str, date] = field(default_factory=dict[str, date])
    waits: Mapping[tuple[str, str], DependencyType] = field(
        default_factory=dict[tuple[str, str], DependencyType]
    )
    rates: Mapping[str, int] = field(default_factory=dict[str, int])
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    new: frozenset[str] = frozenset()
    """Milestones of which nothing is done yet."""
    learned: str | None = None
    """A team whose pace nobody declared."""

    def portfolio(self) -> Portfolio:
        return Portfolio(
            as_of=TODAY,
            timezone="UTC",
            programs=(Program(id="p", title="P"),),
            projects=tuple(Project(id=f"p/{n}", title=n, program="p") for n in "xy"),
            milestones={name: self._milestone(name) for name in NAMES},
            dependencies=tuple(
                Dependency(upstream=up, downstream=down, type=kind)
                for (up, down), kind in self.waits.items()
            ),
            streams={name: self._stream(name, rate) for name, rate in self.rates.items()},
            calendars={"default": self._calendar()},
        )

    def _stream(self, name: str, rate: int) -> Stream:
        if name == self.learned:
            return Stream(id=name, calendar="default", finished=DONE, since=DONE[0])
        return Stream(id=name, calendar="default", samples=(rate,))

    def _calendar(self) -> WorkCalendar:
        if self.opened:
            return WorkCalendar(range(1, 8), (WEEKENDS - self.opened) | self.closed)
        return WorkCalendar([1, 2, 3, 4, 5], self.closed)

    def _milestone(self, name: str) -> Milestone:
        project = name.rpartition("/")[0]
        return Milestone(
            id=name,
            title=name,
            program="p",
            project=project,
            calendar="default",
            stream=project,
            tracked=name in self.items,
            duration=self.durations.get(name),
            scope=Scope(done=0 if name in self.new else 3, remaining=self.items.get(name, 0)),
            finished=DONE[-3:] if project == self.learned and name not in self.new else (),
            commitment=self.commitments.get(name),
        )


def without(mapping: Mapping[Any, Any], key: object) -> dict[Any, Any]:
    return {name: value for name, value in mapping.items() if name != key}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    declared = draw(st.sets(st.sampled_from(NAMES)))
    pairs = [(up, down) for n, up in enumerate(NAMES) for down in NAMES[n + 1 :]]
    return World(
        durations={name: draw(st.integers(0, 20)) for name in declared},
        items={name: draw(st.integers(0, 20)) for name in NAMES if name not in declared},
        commitments={
            name: TODAY + timedelta(days=draw(st.integers(0, 60)))
            for name in draw(st.sets(st.sampled_from(NAMES)))
        },
        waits={
            pair: draw(st.sampled_from(DependencyType))
            for pair in draw(st.lists(st.sampled_from(pairs), unique=True))
        },
        rates={"p/x": draw(st.integers(1, 4)), "p/y": draw(st.integers(1, 4))},
        new=frozenset(draw(st.sets(st.sampled_from(NAMES)))),
        learned=draw(st.sampled_from([None, "p/y"])),
    )


@st.composite
def changes(draw: st.DrawFn, world: World) -> tuple[Change, World]:
    """Draw a change, and the world in which it has been made by hand."""
    possible = ["pace", "commit", "close", "open"]
    possible += ["slip"] if world.durations else []
    possible += ["scope"] if world.items else []
    possible += ["drop", "type"] if world.waits else []
    kind = draw(st.sampled_from(possible))
    if kind == "pace":
        name = draw(st.sampled_from(sorted({*world.rates} - {world.learned})))
        by = draw(st.integers(2, 3))
        faster = {**world.rates, name: world.rates[name] * by}
        return Pace(name, by), replace(world, rates=faster)
    if kind == "commit":
        name = draw(st.sampled_from(NAMES))
        day = TODAY + timedelta(days=draw(st.integers(0, 60)))
        return Commit(name, day), replace(world, commitments={**world.commitments, name: day})
    if kind in ("close", "open"):
        first = TODAY + timedelta(days=draw(st.integers(0, 30)))
        length = draw(st.integers(0, 20))
        days = {first + timedelta(days=day) for day in range(length + 1)}
        if kind == "open":
            changed = replace(world, opened=world.opened | days, closed=world.closed - days)
            return Close("default", first, max(days), opened=True), changed
        changed = replace(world, closed=world.closed | days, opened=world.opened - days)
        return Close("default", first, max(days)), changed
    if kind == "slip":
        name = draw(st.sampled_from(sorted(world.durations)))
        by = draw(st.integers(-world.durations[name], 20))
        longer = {**world.durations, name: world.durations[name] + by}
        return Slip(name, by), replace(world, durations=longer)
    if kind == "scope":
        name = draw(st.sampled_from(sorted(world.items)))
        by = draw(st.integers(-world.items[name], 20))
        more = {**world.items, name: world.items[name] + by}
        return Items(name, by), replace(world, items=more)
    pair = draw(st.sampled_from(sorted(world.waits)))
    if kind == "drop":
        return Drop(*pair), replace(world, waits=without(world.waits, pair))
    other = draw(st.sampled_from(DependencyType))
    return Retype(*pair, other), replace(world, waits={**world.waits, pair: other})


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_answer_is_a_fresh_assessment_of_the_changed_world(data: st.DataObject) -> None:
    world = data.draw(worlds())
    asked: list[Change] = []
    changed = world
    for _ in range(data.draw(st.integers(1, 3))):
        one, changed = data.draw(changes(changed))
        asked.append(one)

    answer = ask(world.portfolio(), asked)

    given_, fresh = (
        {
            view.id: standing(view)
            for view in assess_portfolio(
                one.portfolio(), seed=0, trials=TRIALS
            ).assessment.milestones
        }
        for one in (world, changed)
    )
    assert {m.id: (m.before, m.after) for m in answer.milestones} == {
        name: (given_[name], fresh[name]) for name in NAMES if given_[name] != fresh[name]
    }


def ask(portfolio: Portfolio, asked: Sequence[Change]) -> Answer:
    return what_if(portfolio, asked, seed=0, trials=TRIALS)


def moved(answer: Answer) -> dict[str, int | None]:
    return {found.id: found.p50_days for found in answer.milestones}


CHAIN = World(
    durations={"p/x/a": 5, "p/x/b": 5, "p/y/c": 2},
    items={"p/y/d": 10, "p/y/e": 8},
    waits={
        ("p/x/a", "p/x/b"): DependencyType.FS,
        ("p/x/b", "p/y/d"): DependencyType.FS,
    },
    commitments={"p/y/d": date(2026, 2, 2)},
    rates={"p/x": 1, "p/y": 1},
)


def test_a_slip_moves_what_waits_for_it_and_nothing_else() -> None:
    assert moved(ask(CHAIN.portfolio(), [Slip("p/x/a", 4)])) == {
        "p/x/a": 4,
        "p/x/b": 4,
        "p/y/d": 4,
    }


def test_a_pull_ends_where_no_work_is_left() -> None:
    assert moved(ask(CHAIN.portfolio(), [Slip("p/x/a", -40)])) == {
        "p/x/a": -4,  # open, so not done before today is over
        "p/x/b": -5,
        "p/y/d": -5,
    }


def test_a_promise_and_a_forecast_from_items_slip_by_working_days_too() -> None:
    vendor = Milestone(
        id="p/x/b",
        title="b",
        program="p",
        project="p/x",
        calendar="default",
        external=True,
        promise=date(2026, 1, 14),
    )
    given_ = CHAIN.portfolio()
    portfolio = replace(given_, milestones={**given_.milestones, "p/x/b": vendor})

    assert moved(ask(portfolio, [Slip("p/x/b", 3)]))["p/x/b"] == 3
    assert moved(ask(portfolio, [Slip("p/y/d", 3)])) == {"p/y/d": 3}
    assert moved(ask(portfolio, [Items("p/y/d", 3)])) == {"p/y/d": 3, "p/y/e": 3}


def test_a_slip_of_what_nobody_can_forecast_leaves_it_unknown() -> None:
    portfolio = World(rates={"p/x": 1, "p/y": 1}).portfolio()
    vague = replace(portfolio.milestones["p/x/a"], scope=Scope())
    portfolio = replace(portfolio, milestones={**portfolio.milestones, "p/x/a": vague})

    assert moved(ask(portfolio, [Slip("p/x/a", 5)])) == {}


def test_trials_that_never_end_do_not_end_because_of_a_pull() -> None:
    stalled = replace(CHAIN, rates={"p/x": 1, "p/y": 0})

    assert moved(ask(stalled.portfolio(), [Slip("p/y/d", -5)])) == {}


def test_scope_is_counted_on_and_nobodys_items_are_cut_first() -> None:
    def item(key: str, assignee: str | None) -> OpenItem:
        return OpenItem(source="jira", key=key, title=key, url="", assignee=assignee)

    portfolio = CHAIN.portfolio()
    known = replace(
        portfolio.milestones["p/y/d"],
        scope=Scope(done=1, remaining=4, baseline=5, added=0, removed=0),
        open_items=tuple(item(f"D-{n}", "ana" if n in (2, 4) else None) for n in range(1, 5)),
    )
    portfolio = replace(portfolio, milestones={**portfolio.milestones, known.id: known})

    cut = change(portfolio, [Items(known.id, -3)]).milestones[known.id]
    grown = change(portfolio, [Items(known.id, 2)]).milestones[known.id]
    emptied = change(portfolio, [Items(known.id, -9)]).milestones[known.id]

    assert [one.key for one in cut.open_items] == ["D-2"]
    assert cut.scope == Scope(done=1, remaining=1, dropped=3, baseline=5, added=0, removed=3)
    assert grown.scope == Scope(done=1, remaining=6, baseline=5, added=2, removed=0)
    assert (emptied.scope.remaining, emptied.open_items) == (0, ())


def test_a_milestone_whose_only_items_are_cut_is_as_unknown_as_one_without_items() -> None:
    portfolio = CHAIN.portfolio()
    bare = replace(portfolio.milestones["p/y/d"], scope=Scope(remaining=4))
    portfolio = replace(portfolio, milestones={**portfolio.milestones, bare.id: bare})

    (found,) = (m for m in ask(portfolio, [Items(bare.id, -4)]).milestones if m.id == bare.id)

    assert (found.after.status, found.after.p50) == ("grey", None)


def test_a_day_that_is_opened_is_worked() -> None:
    saturday = Close("default", date(2026, 1, 10), date(2026, 1, 10), opened=True)

    found = {m.id: m for m in ask(CHAIN.portfolio(), [saturday]).milestones}

    assert found["p/x/b"].before.p50 == date(2026, 1, 16)
    assert found["p/x/b"].after.p50 == date(2026, 1, 15)


@pytest.mark.parametrize("last", [date(2026, 1, 10), date(2026, 7, 31)])
@pytest.mark.parametrize(
    "stream",
    [
        Stream(id="p/y", calendar="default", samples=(3, 4), samples_per_week=True),
        Stream(id="p/y", calendar="default", finished=DONE, since=DONE[0]),
    ],
    ids=["declared by the week", "learned"],
)
def test_days_that_are_opened_make_nothing_later(stream: Stream, last: date) -> None:
    portfolio = replace(CHAIN.portfolio(), dependencies=())
    portfolio = replace(portfolio, streams={**portfolio.streams, "p/y": stream})
    opened = Close("default", date(2026, 1, 10), last, opened=True)

    found = {m.id: m for m in ask(portfolio, [opened]).milestones}

    assert (found["p/y/e"].p85_days or 0) < 0
    assert all((m.p50_days or 0) <= 0 and (m.p85_days or 0) <= 0 for m in found.values())


@pytest.mark.parametrize(
    ("read", "text", "meant"),
    [
        (written.slip, "a=10wd", Slip("p/x/a", 10)),
        (written.slip, "x/a=-3", Slip("p/x/a", -3)),
        (written.pace, "y=0.8", Pace("p/y", 0.8)),
        (written.people, "p/y=3/4", Pace("p/y", 0.75)),
        (written.scope, "d=-5", Items("p/y/d", -5)),
        (written.scope, "d=+5", Items("p/y/d", 5)),
        (written.drop, "a..b", Drop("p/x/a", "p/x/b")),
        (written.drop, "x/a -> p/x/b", Drop("p/x/a", "p/x/b")),
        (written.retype, "a->b=partial", Retype("p/x/a", "p/x/b", DependencyType.PARTIAL)),
        (written.commit, "d=2026-03-01", Commit("p/y/d", date(2026, 3, 1))),
        (
            written.close,
            "default=2026-12-24..2027-01-02",
            Close("default", date(2026, 12, 24), date(2027, 1, 2)),
        ),
        (
            written.open_days,
            "default=2026-01-10",
            Close("default", date(2026, 1, 10), date(2026, 1, 10), opened=True),
        ),
    ],
    ids=lambda given_: given_ if isinstance(given_, str) else "",
)
def test_a_change_is_read_as_it_is_written(read: Any, text: str, meant: Change) -> None:
    assert read(text, CHAIN.portfolio()) == meant


@pytest.mark.parametrize(
    ("read", "text", "complaint"),
    [
        (written.slip, "a", "a: write MILESTONE=10wd"),
        (written.slip, "a=soon", "a=soon: write whole working days, such as a=10wd or a=-5wd"),
        (written.slip, "q/a=3", "there is no milestone q/a; did you mean p/x/a"),
        (written.slip, "a=99999", "a=99999: write whole working days, .* at most 9999"),
        (written.pace, "z=0.5", "there is no stream z; there are: p/x, p/y"),
        (written.pace, "y=0", "y=0: write a factor from 0.01 to 100"),
        (written.pace, "y=101", "y=101: write a factor from 0.01 to 100"),
        (written.pace, "y=nan", "y=nan: write a factor from 0.01 to 100"),
        (written.people, "y=4", "y=4: write how many there are of how many"),
        (written.people, "y=4/0", "y=4/0: write how many there are of how many"),
        (written.people, "y=0/4", "such as y=4/5, at least one"),
        (written.scope, "a=3", "p/x/a is not forecast from its items; use --slip a=5wd"),
        (written.scope, "d=-11", "p/y/d has 10 open items only"),
        (
            written.scope,
            "d=few",
            "d=few: write a number of items, such as d=-5 or d=\\+3, at most 99999",
        ),
        (written.drop, "a..d", "p/y/d does not wait for p/x/a; it waits for p/x/b"),
        (written.drop, "b..a", "p/x/a does not wait for p/x/b; it waits for nothing"),
        (written.drop, "a-", "a-: write UPSTREAM..DOWNSTREAM .*a shell takes > for itself"),
        (written.retype, "a..b=sometime", "a dependency is fs, ss, ff, sf, partial, not sometime"),
        (written.commit, "d=tomorrow", "tomorrow is no day such as 2027-01-15"),
        (written.close, "plant=2026-01-01", "there is no calendar plant; there is: default"),
        (written.close, "default=2026-02-02..2026-02-01", "write the first day, then the last"),
        (written.close, "default=2026-02-02..", "nothing is no day"),
    ],
    ids=lambda given_: given_ if isinstance(given_, str) else "",
)
def test_what_is_not_understood_is_said_with_what_to_write(
    read: Any, text: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(text, CHAIN.portfolio())


def test_what_is_done_cannot_be_moved() -> None:
    portfolio = CHAIN.portfolio()
    done = replace(portfolio.milestones["p/x/a"], actual=date(2025, 12, 1))
    portfolio = replace(portfolio, milestones={**portfolio.milestones, done.id: done})

    with pytest.raises(ValueError, match="p/x/a is done since 2025-12-01"):
        written.slip("a=3", portfolio)


def test_a_spread_keeps_its_shape_when_it_slips() -> None:
    portfolio = CHAIN.portfolio()
    wide = replace(portfolio.milestones["p/x/b"], duration=None, spread=Spread(p50=5, p85=9))
    portfolio = replace(portfolio, milestones={**portfolio.milestones, wide.id: wide})

    found = {m.id: m for m in ask(portfolio, [Slip(wide.id, 3)]).milestones}

    assert (found[wide.id].p50_days, found[wide.id].p85_days) == (3, 3)
