"""The test sets: which milestones of which public history, and which part nothing is tuned on."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from slipwatch.aggregator.backtest.subjects import Choice, Subject
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.records import MilestoneKind

from ..outside.sets import LEARNED_UNTIL
from . import held_out, statuses
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
    points="customfield_10023",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """Some of the milestones of a history."""

    __test__ = False

    about: str
    kind: MilestoneKind
    worlds: Callable[[Path, Path], Iterator[World]]
    """From the folder of the data and a folder to work in."""
    fewest: int
    """Issues of any kind that were resolved in it, one way or another."""
    shortest: timedelta
    """From when 5 % of them were resolved to the last one."""
    learn: Mapping[str, date]
    """Choices may be made on the milestones of these programs and projects that were over before a
    day. All later ones, and all of other projects, are for the test alone."""
    ships: str
    """What forecasts know of it from the start: numbers that ship were learned there."""
    held_out: Callable[[Path, Path], AbstractContextManager[None]] | None = None
    """Keeps from forecasts what ships and was learned from the test part; from the folder of the
    data and a folder to work in."""

    def holds(self, facts: Facts) -> Callable[[Subject], bool]:
        """Say of the milestones of a world whether they belong to the set."""
        if not self.fewest:
            return lambda _: True
        days: dict[str, list[date]] = defaultdict(list)
        for (source, _), item in facts.items.items():
            for each in item.milestones if item.done_at is not None else ():
                milestone = facts.tracker_milestones.get((source, each))
                if milestone is None or milestone.kind is not self.kind:
                    continue
                if milestone.due_date is not None and item.done_at is not None:
                    days[milestone.name].append(item.done_at.date())
        names = {name for name, resolved in days.items() if self._is_enough(sorted(resolved))}
        return lambda subject: subject.title in names

    def _is_enough(self, resolved: Sequence[date]) -> bool:
        enough = len(resolved) >= self.fewest
        return enough and resolved[-1] - resolved[len(resolved) // 20] >= self.shortest

    def part_of(self, subject: Subject) -> str:
        """Say whether a milestone may be learned from: ``train`` or ``test``."""
        until = self.learn.get(subject.project, self.learn.get(subject.program))
        return "train" if until is not None and subject.finish < until else "test"


def _versions(
    tracker: Tracker,
    fewest: int,
    learn: Mapping[str, date],
    held_out: Callable[[Path, Path], AbstractContextManager[None]] | None = None,
) -> TestSet:
    ships = _WEIGHTS if held_out is None else _EXPERIENCE
    return TestSet(
        kind=MilestoneKind.VERSION,
        about=f"versions with a release date and {fewest} resolved issues or more",
        worlds=partial(tracker.worlds, discover="versions"),
        fewest=fewest,
        shortest=MONTH,
        learn=learn,
        ships=ships,
        held_out=held_out,
    )


_RELEARNED = "of both parts; scored with what the train part alone teaches"
_LEARNED = """\
how combinations of weights did (`prior.json`) and how lives grow with size, of the train part"""
_EYE = "a few constants (`aging.py`, `scope.py`) were once chosen with an eye on both parts"
_EXPERIENCE = f"""\
lives of versions and what became of their open items (`experience.py`), {_RELEARNED}; {_LEARNED}; \
{_EYE}"""
_WEIGHTS = f"{_LEARNED}; {_EYE}"
_TIDEV = {"tidev/aloy": date(2014, 1, 1)}
_DURASPACE = {"duraspace/duracloud": date(2011, 8, 1)}
_DURACLOUD = partial(
    held_out.versions, tracker=DURASPACE, project="duraspace/duracloud", until=date(2011, 8, 1)
)
_LANDMARK = date(2001, 9, 1)

SETS: Mapping[str, TestSet] = {
    "tidev": _versions(TIDEV, 20, _TIDEV),
    "duraspace": _versions(DURASPACE, 20, _DURASPACE, _DURACLOUD),
    "tidev-10": _versions(TIDEV, 10, _TIDEV),
    "duraspace-10": _versions(DURASPACE, 10, _DURASPACE, _DURACLOUD),
    "sprints": TestSet(
        about="sprints with 3 resolved issues or more",
        kind=MilestoneKind.SPRINT,
        worlds=partial(TIDEV.worlds, discover="sprints"),
        fewest=3,
        shortest=timedelta(0),
        learn={TIDEV.name: LEARNED_UNTIL.date()},
        ships="how sprints end (`prior.json`), of the train part",
    ),
    "statuses": TestSet(
        about="weekly reports of 61 projects",
        kind=MilestoneKind.MILESTONE,
        worlds=statuses.worlds,
        fewest=0,
        shortest=timedelta(0),
        learn={statuses.PROGRAM: _LANDMARK},
        ships=f"how plan dates turn out (`prior.json`), {_RELEARNED}",
        held_out=partial(held_out.plans, until=_LANDMARK),
    ),
}
