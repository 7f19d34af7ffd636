"""What the work of a baseline was estimated at then, and what has become of that since."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final
from zoneinfo import ZoneInfo

from ..records import Change, ChangedField, Item
from .facts import RecordedBaseline, Ref
from .model import Estimates

ESTIMATED: Final = 0.8
"""Where less of the baseline was estimated, sums of estimates tell nothing of the whole."""


def estimates_of(
    recorded: RecordedBaseline,
    now: AbstractSet[Ref],
    items: Mapping[Ref, Item],
    changes: Mapping[Ref, Sequence[Change]],
    zone: ZoneInfo,
) -> Estimates | None:
    """Compare estimates of the work that is ``now`` in scope with those of its baseline.

    An item that got its first estimate later was not estimated anew. None where the baseline was
    not estimated.
    """
    then: dict[Ref, float] = {}
    for ref in recorded.items:
        item = items.get(ref)
        if item is None:
            continue
        points = _then(item.points, changes.get(ref, ()), recorded, zone)
        if points is not None:
            then[ref] = points
    total = sum(then.values())
    if not total or len(then) < ESTIMATED * len(recorded.items):
        return None
    current = {ref: points for ref in now if (points := items[ref].points) is not None}
    return Estimates(
        baseline=total,
        added=sum(points for ref, points in current.items() if ref not in recorded.items),
        removed=sum(points for ref, points in then.items() if ref not in now),
        changed=sum(current[ref] - points for ref, points in then.items() if ref in current),
    )


def _then(
    points: float | None, changes: Sequence[Change], recorded: RecordedBaseline, zone: ZoneInfo
) -> float | None:
    """Rewind an estimate to the end of the day on which a baseline was recorded."""
    for change in reversed(changes):
        if change.at.astimezone(zone).date() <= recorded.recorded_on:
            break
        if change.field is ChangedField.POINTS:
            points = float(change.old) if change.old else None
    return points
