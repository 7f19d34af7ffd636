"""The past without what was learned later: facts as they could be known on a day.

``portfolio.replay`` rewinds what has a history. What has none is taken as it is today by it, which
is right for a look back and wrong for a test: a version's release date is the very outcome.
Here such dates are unknown, and what cannot be left out is named as hindsight.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import structs

from ..portfolio.facts import Facts, Ref
from ..portfolio.model import Observation
from ..records import MilestoneKind, TrackerMilestone

_INSTANT: Final = timedelta(microseconds=1)


def unspoilt(facts: Facts, moment: datetime, unfinished: Container[Ref] = ()) -> Facts:
    """Take out of facts what nobody knew at a moment and no history rewinds.

    Dates of versions and milestones that nobody had seen by then are unknown, and so is a start
    that was yet to come; a sprint's planned days are set when it begins, and a promise when the
    operator's file first holds it. What was archived since was alive, and tracker milestones that
    are known to have been ``unfinished`` were open, whatever day was typed for them. What a
    back-test found is no help to itself. However old the last successful sync is, another may have
    read something.
    """
    dates = {ref: _known(seen, moment) for ref, seen in facts.milestone_dates.items()}
    return replace(
        facts,
        milestone_dates=dates,
        milestone_starts={
            ref: _known(seen, moment) for ref, seen in facts.milestone_starts.items()
        },
        tracker_milestones={
            ref: _unspoilt(
                milestone,
                moment.date(),
                unfinished=ref in unfinished,
                dated=bool(dates.get(ref)),
                start=_first(facts.milestone_starts.get(ref, ()), milestone.start_date),
                due=_first(facts.milestone_dates.get(ref, ()), milestone.due_date),
            )
            for ref, milestone in facts.tracker_milestones.items()
        },
        promises={key: _as_promised(seen, moment) for key, seen in facts.promises.items()},
        calibrations={},
        data_time=max(facts.data_time or moment, moment + _INSTANT),
    )


def _known(seen: Iterable[Observation], moment: datetime) -> tuple[Observation, ...]:
    return tuple(each for each in seen if each.at <= moment)


def _as_promised(seen: Sequence[Observation], moment: datetime) -> tuple[Observation, ...]:
    """Give what was promised by a moment; before it was seen, it is as fresh as the file."""
    return _known(seen, moment) or tuple(replace(one, at=moment - _INSTANT) for one in seen[:1])


def _first(seen: Sequence[Observation], today: date | None) -> date | None:
    return seen[0].value if seen else today


def _unspoilt(
    milestone: TrackerMilestone,
    day: date,
    *,
    unfinished: bool,
    dated: bool,
    start: date | None,
    due: date | None,
) -> TrackerMilestone:
    """Give one the first dates that anybody saw; later ones that were known by then are rewound."""
    if unfinished:
        milestone = structs.replace(milestone, closed=False, closed_on=None)
    if milestone.kind is MilestoneKind.SPRINT:
        return structs.replace(milestone, archived=False, start_date=start, due_date=due)
    return structs.replace(
        milestone,
        archived=False,
        start_date=start if start is not None and start < day else None,
        due_date=due if dated else None,
    )
