"""The test sets: which milestones of which public history, and which part nothing is tuned on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from slipwatch.aggregator.backtest.subjects import Choice, Subject
from slipwatch.aggregator.portfolio.facts import Facts

MONTH = timedelta(days=28)
CHOICE = Choice(shortest=timedelta(days=5))
"""Of the milestones of a set, those that took so long can be forecast on different days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A recorded tracker: files in a folder of the data, and its projects."""

    folder: str
    files: tuple[str, ...]
    projects: tuple[str, ...]
    learn: Mapping[str, date]
    """Choices may be made on these projects' milestones that were over before a day; all later
    ones and all other projects are for the test."""


TIDEV = History(
    folder="backtest-jira-tidev",
    files=("issues.ndjson.gz", *(f"project_{key}.json" for key in ("AC", "ALOY", "DAEMON", "MOD"))),
    projects=("AC", "ALOY", "DAEMON", "MOD"),
    learn={"ALOY": date(2014, 1, 1)},
)
DURASPACE = History(
    folder="backtest-jira-duraspace",
    files=("issues.ndjson.gz",),
    projects=("DS", "DURACLOUD", "FCREPO", "HYDRA", "HYHULL", "HYLIBRA", "HYPAT", "ISLANDORA"),
    learn={"DURACLOUD": date(2011, 8, 1)},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """Some of the milestones of a history."""

    __test__ = False

    history: History
    discover: str
    about: str
    fewest: int
    """Issues of any kind that were resolved in it, one way or another."""
    shortest: timedelta
    """From when 5 % of them were resolved to the last one."""

    def names(self, facts: Facts) -> frozenset[str]:
        """Name the milestones of one project that belong to the set."""
        days: dict[str, list[date]] = defaultdict(list)
        for (source, _), item in facts.items.items():
            if item.done_at is None:
                continue
            for each in item.milestones:
                milestone = facts.tracker_milestones.get((source, each))
                if milestone is not None and milestone.due_date is not None:
                    days[milestone.name].append(item.done_at.date())
        return frozenset(name for name, resolved in days.items() if self._holds(sorted(resolved)))

    def _holds(self, resolved: Sequence[date]) -> bool:
        enough = len(resolved) >= self.fewest
        return enough and resolved[-1] - resolved[len(resolved) // 20] >= self.shortest

    def part(self, subject: Subject) -> str:
        """Say whether a milestone may be learned from: ``train`` or ``test``."""
        until = self.history.learn.get(subject.project.rpartition("/")[2].upper())
        return "train" if until is not None and subject.finish < until else "test"


SETS: Mapping[str, TestSet] = {
    "tidev": TestSet(
        history=TIDEV,
        discover="versions",
        about="versions with 20 issues or more",
        fewest=20,
        shortest=MONTH,
    ),
    "duraspace": TestSet(
        history=DURASPACE,
        discover="versions",
        about="versions with 20 issues or more",
        fewest=20,
        shortest=MONTH,
    ),
    "tidev-10": TestSet(
        history=TIDEV,
        discover="versions",
        about="versions with 10 issues or more",
        fewest=10,
        shortest=MONTH,
    ),
    "duraspace-10": TestSet(
        history=DURASPACE,
        discover="versions",
        about="versions with 10 issues or more",
        fewest=10,
        shortest=MONTH,
    ),
    "sprints": TestSet(
        history=TIDEV,
        discover="sprints",
        about="sprints with 3 issues or more",
        fewest=3,
        shortest=timedelta(0),
    ),
}
