"""How much of what a commitment waits for can be forecast (DOMAIN.md 3.4)."""

from collections import defaultdict, deque
from collections.abc import Mapping

from ..assessment import Assessment


def forecast_coverage(assessment: Assessment) -> Mapping[str, float]:
    """Give of each open milestone the share, by weight, of it and its upstream with a forecast.

    What is done is known, and counts no more.
    """
    views = [view for view in assessment.milestones if view.dates.actual is None]
    if all(view.forecast.p50 is not None for view in views):
        return dict.fromkeys((view.id for view in views), 1.0)
    place = {view.id: bit for bit, view in enumerate(views)}
    before = _upstream(assessment, place)
    by_weight: dict[float, int] = defaultdict(int)
    known = 0
    for bit, view in enumerate(views):
        by_weight[view.weight] |= 1 << bit
        known |= (view.forecast.p50 is not None) << bit

    def weigh(members: int) -> float:
        return sum(weight * (members & those).bit_count() for weight, those in by_weight.items())

    found: dict[str, float] = {}
    for view in views:
        members = before[place[view.id]]
        total = weigh(members) if members & ~known else 0
        found[view.id] = round(weigh(members & known) / total, 4) if total else 1.0
    return found


def _upstream(assessment: Assessment, place: Mapping[str, int]) -> list[int]:
    """Collect of each milestone, as bits, itself and all that it waits for, directly or not."""
    after: dict[int, list[int]] = defaultdict(list)
    for edge in assessment.dependencies:
        if edge.upstream in place and edge.downstream in place:
            after[place[edge.upstream]].append(place[edge.downstream])
    found = [1 << bit for bit in range(len(place))]
    held_by = [0] * len(place)
    for edges in after.values():
        for later in edges:
            held_by[later] += 1
    waiting = deque(bit for bit, held in enumerate(held_by) if not held)
    while waiting:
        current = waiting.popleft()
        for later in after.get(current, ()):
            found[later] |= found[current]
            held_by[later] -= 1
            if not held_by[later]:
                waiting.append(later)
    # In a cycle, one is looked at again for as long as more is known of what it waits for.
    looped = [bit for bit, held in enumerate(held_by) if held]
    while looped:
        current = looped.pop()
        for later in after.get(current, ()):
            joined = found[later] | found[current]
            if joined != found[later]:
                found[later] = joined
                looped.append(later)
    return found
