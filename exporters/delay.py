"""What will be late or left undone, and why, in words; nobody is named."""

from collections.abc import Mapping

from slipwatch.aggregator.delay.views import Delay, DelayReason, SprintShortfall
from slipwatch.aggregator.percent import percent

_WHY: Mapping[str, str] = {
    "age": "it is {days} old",
    "days_left": "{days} are left",
    "days_in_work": "it has been in work for {days}",
    "reopened": "it was reopened {times}",
    "due_moves": "its date was moved {times}",
    "milestones": "it is in {number:g} milestones",
    "milestone_moves": "it changed its milestone {times}",
    "links": "it has {number:g} links",
    "blocks": "{number:g} wait for it",
    "blocked_by": "it waits for {number:g}",
    "points": "its estimate is {number:g}",
    "late_of_its_kind": "of its kind {share} are late",
}
_WHETHER: Mapping[str, tuple[str, str]] = {
    "in_work": ("it is in work", "nobody works on it"),
    "blocked": ("it is blocked", "it is not blocked"),
    "epic": ("it is an epic", "it is no epic"),
}


def say_chance(item: Delay) -> str:
    """Write how likely an item misses its day, and what speaks for that."""
    if item.chance >= 1:
        return f"was due on {item.due}"
    why = ", ".join(_say_reason(reason) for reason in item.reasons)
    return f"misses {item.due} with {percent(item.chance)}{': ' if why else ''}{why}"


def say_shortfall(sprint: SprintShortfall) -> str:
    """Write how much of what is open in a sprint will be left undone, and how that is known."""
    items = f"{sprint.expected:.1f} of {sprint.open} open item{'' if sprint.open == 1 else 's'}"
    points = (
        ""
        if sprint.points is None or sprint.expected_points is None
        else f" ({sprint.expected_points:.1f} of {sprint.points:g} points)"
    )
    how = (
        f"as in {sprint.past} finished sprint{'' if sprint.past == 1 else 's'} of its team"
        if sprint.past
        else "as is usual elsewhere"
    )
    return f"ends on {sprint.due}: about {items}{points} will be left undone, {how}"


def _say_reason(reason: DelayReason) -> str:
    number = reason.value
    if reason.feature in _WHETHER:
        yes, no = _WHETHER[reason.feature]
        return yes if number else no
    return _WHY[reason.feature].format(
        number=number,
        days="1 day" if number == 1 else f"{number:.0f} days",
        times="once" if number == 1 else f"{number:g} times",
        share=percent(number),
    )
