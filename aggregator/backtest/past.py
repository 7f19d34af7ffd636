"""The past without what was learned later: facts as they could be known on a day.

``portfolio.replay`` rewinds what has a history. What has none is taken as it is today by it, which
is right for a look back and wrong for a test: a version's release date is the very outcome.
Here such dates are unknown, and what cannot be left out is named as hindsight.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from msgspec import structs

from ..portfolio.facts import Facts
from ..portfolio.model import Observation
from ..records import MilestoneKind, TrackerMilestone


def unspoilt(facts: Facts, moment: datetime) -> Facts:
    """Take out of facts what nobody knew at a moment and no history rewinds.

    Dates of versions and milestones that nobody had seen by then are unknown, and so is a start
    that was yet to come; a sprint's planned days are set when it begins. What was archived since
    was alive. What a back-test found is no help to itself.
    """
    dates = {ref: _known(seen, moment) for ref, seen in facts.milestone_dates.items()}
    return replace(
        facts,
        milestone_dates=dates,
        tracker_milestones={
            ref: _unspoilt(milestone, moment.date(), dated=bool(dates.get(ref)))
            for ref, milestone in facts.tracker_milestones.items()
        },
        promises={key: _known(seen, moment) for key, seen in facts.promises.items()},
        calibrations={},
    )


def _known(seen: Iterable[Observation], moment: datetime) -> tuple[Observation, ...]:
    return tuple(each for each in seen if each.at <= moment)


def _unspoilt(milestone: TrackerMilestone, day: date, *, dated: bool) -> TrackerMilestone:
    start = milestone.start_date
    if milestone.kind is MilestoneKind.SPRINT:
        return structs.replace(milestone, archived=False)
    return structs.replace(
        milestone,
        archived=False,
        start_date=start if start is not None and start < day else None,
        due_date=milestone.due_date if dated else None,
    )
