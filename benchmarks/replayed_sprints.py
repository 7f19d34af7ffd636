"""Replays what a public tracker would have been told of its sprints.

``python -m benchmarks.replayed_sprints DATA``, where DATA holds ``backtest-jira-tidev``: what the
product told when 0, 30, 50 and 80 % of the days of each sprint were over, from the facts of those
days, against what was not done when its last day was. That tracker has no changelog: who was in
which sprint is what it says in the end, and who was taken out is in none.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.table import Table

from slipwatch.aggregator.delay.sprints import DAY, LOOKS, read_sprint_prior, tell_sprints
from slipwatch.aggregator.delay.stints import midnight
from slipwatch.aggregator.portfolio.facts import Facts, Ref
from slipwatch.aggregator.portfolio.replay import as_of
from slipwatch.aggregator.records import Category, Level, MilestoneKind, TrackerMilestone

from .backtest.sets import TIDEV

MODELS: Final = ("none", "all open", "prior", "ours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of a sprint on a day, and what came of it, in items."""

    look: int
    """Which of ``LOOKS``."""
    open: int
    left: int
    expected: float
    past: int

    def error(self, model: str) -> float:
        """Return the absolute error of one of ``MODELS``."""
        share = {"none": 0.0, "all open": 1.0, "prior": read_sprint_prior().left[self.look]}
        told = self.expected if model == "ours" else share[model] * self.open
        return abs(told - self.left)


def replay(facts: Facts, zone: ZoneInfo) -> Iterator[Told]:
    """Tell of every sprint at every look from what was known by then."""
    homes = dict.fromkeys(facts.items, ("program/project/any",))
    days: dict[date, list[tuple[Ref, int]]] = {}
    for ref, sprint in facts.tracker_milestones.items():
        if sprint.kind is MilestoneKind.SPRINT and sprint.start_date and sprint.due_date:
            length = sprint.due_date - sprint.start_date + DAY
            for look, share in enumerate(LOOKS):
                day = sprint.start_date + timedelta(days=round(share * (length / DAY)))
                days.setdefault(min(day, sprint.due_date), []).append((ref, look))
    for day, asked in sorted(days.items()):
        known = as_of(facts, midnight(day + DAY, zone))
        told = {each.sprint: each for each in tell_sprints(known, homes, day=day, zone=zone)}
        for ref, look in asked:
            found = told.get(":".join(ref))
            if found is not None:
                yield Told(
                    look=look,
                    open=found.open,
                    left=_left(facts, known, facts.tracker_milestones[ref], ref, zone),
                    expected=found.expected,
                    past=found.past,
                )


def _left(facts: Facts, known: Facts, sprint: TrackerMilestone, ref: Ref, zone: ZoneInfo) -> int:
    """Count the items that were open in a sprint and not done when its last day was over."""
    if sprint.due_date is None:
        raise ValueError(f"{sprint.name} has no last day")
    end = midnight(sprint.due_date + DAY, zone)
    done = {item: facts.items[item].done_at for item in known.items}
    return sum(
        (at := done[each]) is None or at >= end
        for each, item in known.items.items()
        if each[0] == ref[0]
        and ref[1] in item.milestones
        and item.level is Level.WORK
        and item.category is not Category.DONE
    )


def table(told: list[Told]) -> Table:
    """Score what was told by look."""
    shown = Table(title="Items of sprints left undone: mean absolute error")
    for name in ("Of its time", "Sprints", "Open", "Left", *MODELS):
        shown.add_column(name, justify="right")
    groups = {f"{share:.0%}": [one for one in told if LOOKS[one.look] == share] for share in LOOKS}
    for name, found in (groups | {"all": told}).items():
        errors = [np.mean([one.error(model) for one in found]) for model in MODELS]
        shown.add_row(
            name,
            str(len(found)),
            f"{np.mean([one.open for one in found]):.1f}",
            f"{np.mean([one.left for one in found]):.1f}",
            *(f"{error:.2f}" for error in errors),
        )
    return shown


def main() -> int:
    """Print the scores."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.replayed_sprints", description=__doc__
    )
    parser.add_argument("data", type=Path, help=f"folder with {TIDEV.folder}/")
    given = parser.parse_args()
    if not (given.data / TIDEV.folder).is_dir():
        parser.error(f"{given.data} has no folder {TIDEV.folder}")
    with tempfile.TemporaryDirectory() as work:
        worlds = TIDEV.worlds(given.data, Path(work), "versions")
        told = [
            one
            for world in worlds
            for one in replay(world.facts, ZoneInfo(world.settings.timezone))
        ]
    Console().print(table(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
