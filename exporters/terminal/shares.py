"""What slips take from the chance to keep a commitment, in per cents that sum."""

from collections.abc import Mapping, Sequence

from slipwatch.aggregator.assessment import MilestoneView
from slipwatch.aggregator.percent import percent, shared_out, whole_percent

WORTH_SAYING = 0.02
"""Of a chance: less is within the error of the trials that it is shared out in."""


def say_taken(milestone: MilestoneView) -> Mapping[str, str]:
    """Say by cause what it takes from the chance to be on time, or adds to it."""
    found: dict[str, str] = {}
    for cause, whole in zip(milestone.caused_by, _shown(milestone), strict=False):
        if cause.probability:
            verb = "takes" if cause.probability > 0 else "adds"
            found[cause.milestone] = f", and it {verb} {_size(whole)} of the chance to be on time"
    return found


def say_undelayed(milestone: MilestoneView) -> str:
    """Say what the chance would be had nothing slipped, and what is left of the difference."""
    undelayed = milestone.undelayed
    if undelayed is None:
        return ""
    said = f"Had nothing slipped, the chance to be on time would be {percent(undelayed)}"
    if _rest(milestone) < WORTH_SAYING:
        return f"{said}."
    whole = _shown(milestone)[-1]
    return f"{said}; slips that cost it no day at P50 take about {_size(whole)} of it."


def _size(whole: int) -> str:
    return f"{abs(whole)} %" if whole else "less than 1 %"


def _rest(milestone: MilestoneView) -> float:
    """Give what slips take that cost no day."""
    undelayed, now = milestone.undelayed, milestone.forecast.p_on_time
    if undelayed is None or now is None:
        return 0.0
    return undelayed - now - sum(cause.probability or 0.0 for cause in milestone.caused_by)


def _shown(milestone: MilestoneView) -> Sequence[int]:
    """Give whole per cents: of each cause, and of the rest; with the chance now they sum."""
    parts = [100 * (cause.probability or 0.0) for cause in milestone.caused_by]
    undelayed, now = milestone.undelayed, milestone.forecast.p_on_time
    if undelayed is None or now is None:
        return [round(part) for part in parts]
    whole = whole_percent(undelayed) - whole_percent(now)
    return shared_out([*parts, 100 * _rest(milestone)], whole)
