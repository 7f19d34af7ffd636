"""Replays a set: its worlds one after another, nothing of its test part known beforehand."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from slipwatch.aggregator.backtest.cases import Case
from slipwatch.aggregator.backtest.replaying import Replay, find_subjects, replay
from slipwatch.aggregator.backtest.subjects import Finish, Subject

from .sets import CHOICE, TestSet


def run(
    chosen: TestSet,
    data: Path,
    work: Path,
    how: Replay,
    *,
    part: str = "all",
    finish: Finish = Finish.DELIVERED,
) -> Iterator[tuple[Subject, Case]]:
    """Yield the cases of a set, or of its ``train`` or ``test`` part."""
    now = datetime.now(UTC)
    choice = replace(CHOICE, finish=finish)
    with nullcontext() if chosen.held_out is None else chosen.held_out(data, work):
        for world in chosen.worlds(data, work):
            over = find_subjects(world.settings, world.facts, now.date(), now=now, choice=choice)
            holds = chosen.holds(world.facts)
            found = [s for s in over if holds(s) and part in (chosen.part_of(s), "all")]
            yield from replay(world.settings, world.facts, found, now=now, how=how)
