"""Programs to forecast: many streams, each with a queue of milestones that wait for others'."""

import random
from dataclasses import replace
from datetime import date, timedelta

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import Activity, Edge, Network
from slipwatch.aggregator.portfolio.model import (
    Baseline,
    Dependency,
    DependencyType,
    Lag,
    Milestone,
    Portfolio,
    Program,
    Project,
    Scope,
    Stream,
)

AS_OF = date(2026, 1, 19)
WEEKS = 26
PER_WEEK = 5
REACH = 5
"""So many places further back in a queue are what a milestone waits for."""
TYPES = (
    *[DependencyType.FS] * 6,
    *[DependencyType.PARTIAL] * 2,
    DependencyType.SS,
    DependencyType.FF,
)


def program(*, streams: int, queue: int, dependencies: int, red: int) -> Portfolio:
    """Build ``streams`` teams with ``queue`` milestones each, of which ``red`` are committed.

    They are committed for the day that their baseline says, and most have slipped.
    """
    rng = random.Random(5)
    calendars = {
        "default": WorkCalendar(range(1, 6)),
        "plant": WorkCalendar([7, 1, 2, 3, 4], [date(2026, 4, 6)]),
    }
    names = [[f"p/s{s:03}/m{n:03}" for n in range(queue)] for s in range(streams)]
    milestones = {
        names[s][n]: _milestone(names[s][n], s, n, rng)
        for s in range(streams)
        for n in range(queue)
    }
    pairs: dict[tuple[str, str], Dependency] = {}
    while len(pairs) < dependencies:
        n = rng.randrange(1, queue)
        upstream = names[rng.randrange(streams)][n - rng.randint(1, min(REACH, n))]
        downstream = names[rng.randrange(streams)][n]
        kind = rng.choice(TYPES)
        pairs[upstream, downstream] = Dependency(
            upstream=upstream,
            downstream=downstream,
            type=kind,
            lag=Lag(rng.choice((0, 0, 0, 2, -1)), elapsed=rng.random() < 0.1),
            blocked_items=rng.randint(1, 3) if kind is DependencyType.PARTIAL else 0,
        )
    late = [names[s][n] for s in range(streams) for n in range(queue // 2, queue)]
    for committed in rng.sample(late, red):
        milestone = milestones[committed]
        milestones[committed] = replace(milestone, commitment=milestone.baseline.finish)
    return Portfolio(
        as_of=AS_OF,
        timezone="UTC",
        programs=(Program(id="p", title="Program"),),
        projects=tuple(
            Project(id=f"p/s{s:03}", title=f"Stream {s}", program="p") for s in range(streams)
        ),
        milestones=dict(sorted(milestones.items())),
        dependencies=tuple(pairs[pair] for pair in sorted(pairs)),
        streams={f"s{s:03}": _stream(f"s{s:03}", rng) for s in range(streams)},
        calendars=calendars,
    )


def with_one_change(portfolio: Portfolio) -> Portfolio:
    """Finish one item of a milestone in the middle of a queue."""
    streams, queue = len(portfolio.streams), len(portfolio.milestones) // len(portfolio.streams)
    middle = list(portfolio.milestones)[streams // 2 * queue + queue // 2]
    milestone = portfolio.milestones[middle]
    stream = portfolio.streams[milestone.stream or ""]
    scope = Scope(done=milestone.scope.done + 1, remaining=milestone.scope.remaining - 1)
    return replace(
        portfolio,
        milestones={**portfolio.milestones, middle: replace(milestone, scope=scope)},
        streams={
            **portfolio.streams,
            stream.id: replace(stream, finished=(*stream.finished, AS_OF)),
        },
    )


def network(*, nodes: int, edges: int) -> Network:
    """Build a network of known durations, with links of all types over 50 layers."""
    rng = random.Random(7)
    calendars = [WorkCalendar(range(1, 6)), WorkCalendar([7, 1, 2, 3, 4])]
    layer = nodes // 50
    kinds = ("fs", "fs", "fs", "fs", "ss", "ff", "sf", "partial")
    return Network(
        [
            Activity(id=f"n{n}", calendar=rng.choice(calendars), duration=rng.randint(0, 9))
            for n in range(nodes)
        ],
        [
            Edge(
                f"n{d - rng.randint(d % layer + 1, min(d, 3 * layer))}",
                f"n{d}",
                type=rng.choice(kinds),
                lag=rng.choice((0, 0, 0, 1, 3, -2)),
                elapsed=rng.random() < 0.1,
            )
            for d in (rng.randrange(layer, nodes) for _ in range(edges))
        ],
    )


def _milestone(name: str, stream: int, place: int, rng: random.Random) -> Milestone:
    remaining = rng.randint(3, 10)
    # A queue of milestones of six items each, at the stream's pace, without anybody's slip.
    weeks = (place + 1) * 6 / PER_WEEK
    finish = AS_OF + timedelta(weeks=weeks)
    return Milestone(
        id=name,
        title=name,
        program="p",
        project=f"p/s{stream:03}",
        calendar="plant" if stream % 10 == 0 else "default",
        stream=f"s{stream:03}",
        rank=place,
        tracked=True,
        scope=Scope(done=2, remaining=remaining),
        plan=finish,
        baseline=Baseline(finish=finish, duration=6) if rng.random() < 0.9 else Baseline(),
    )


def _stream(name: str, rng: random.Random) -> Stream:
    first = AS_OF - timedelta(weeks=WEEKS)
    finished = [
        first + timedelta(weeks=week, days=rng.randrange(5))
        for week in range(WEEKS)
        for _ in range(rng.randint(PER_WEEK - 3, PER_WEEK + 3))
    ]
    return Stream(
        id=name,
        calendar="plant" if name.endswith("0") else "default",
        finished=tuple(sorted(finished)),
        since=first,
    )
