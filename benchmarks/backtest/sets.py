"""The test sets: which milestones of which public history, and which part nothing is tuned on."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from slipwatch.aggregator.backtest.subjects import Choice, Subject
from slipwatch.aggregator.portfolio.facts import Facts

from . import statuses
from .histories import Tracker
from .world import World

MONTH = timedelta(days=28)
CHOICE = Choice(shortest=timedelta(days=5))
"""Of the milestones of a set, those that took so long can be forecast on different days."""

TIDEV = Tracker(
    folder="backtest-jira-tidev",
    files=("issues.ndjson.gz", *(f"project_{key}.json" for key in ("AC", "ALOY", "DAEMON", "MOD"))),
    projects=("AC", "ALOY", "DAEMON", "MOD"),
)
DURASPACE = Tracker(
    folder="backtest-jira-duraspace",
    files=("issues.ndjson.gz",),
    projects=("DS", "DURACLOUD", "FCREPO", "HYDRA", "HYHULL", "HYLIBRA", "HYPAT", "ISLANDORA"),
)
LEARN: Mapping[str, date] = {
    "tidev/aloy": date(2014, 1, 1),
    "duraspace/duracloud": date(2011, 8, 1),
    "landmark/releases": date(2001, 3, 1),
}
"""Choices may be made on these projects' milestones that were over before a day. All later ones,
and all of other projects, are for the test alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """Some of the milestones of a history."""

    __test__ = False

    about: str
    worlds: Callable[[Path, Path], Iterator[World]]
    """From the folder of the data and a folder to work in."""
    fewest: int = 0
    """Issues of any kind that were resolved in it, one way or another."""
    shortest: timedelta = field(default=timedelta(0))
    """From when 5 % of them were resolved to the last one."""

    def holds(self, facts: Facts) -> Callable[[Subject], bool]:
        """Say of the milestones of a world whether they belong to the set."""
        if not self.fewest:
            return lambda _: True
        days: dict[str, list[date]] = defaultdict(list)
        for (source, _), item in facts.items.items():
            for each in item.milestones if item.done_at is not None else ():
                milestone = facts.tracker_milestones.get((source, each))
                if milestone is not None and milestone.due_date is not None and item.done_at:
                    days[milestone.name].append(item.done_at.date())
        names = {name for name, resolved in days.items() if self._is_enough(sorted(resolved))}
        return lambda subject: subject.title in names

    def _is_enough(self, resolved: Sequence[date]) -> bool:
        enough = len(resolved) >= self.fewest
        return enough and resolved[-1] - resolved[len(resolved) // 20] >= self.shortest


def part_of(subject: Subject) -> str:
    """Say whether a milestone may be learned from: ``train`` or ``test``."""
    until = LEARN.get(subject.project)
    return "train" if until is not None and subject.finish < until else "test"


def _versions(tracker: Tracker, fewest: int) -> TestSet:
    return TestSet(
        about=f"versions with a release date and {fewest} resolved issues or more",
        worlds=partial(tracker.worlds, discover="versions"),
        fewest=fewest,
        shortest=MONTH,
    )


SETS: Mapping[str, TestSet] = {
    "tidev": _versions(TIDEV, 20),
    "duraspace": _versions(DURASPACE, 20),
    "tidev-10": _versions(TIDEV, 10),
    "duraspace-10": _versions(DURASPACE, 10),
    "sprints": TestSet(
        about="sprints with 3 resolved issues or more",
        worlds=partial(TIDEV.worlds, discover="sprints"),
        fewest=3,
    ),
    "statuses": TestSet(about="weekly reports of 61 projects", worlds=statuses.worlds),
}
