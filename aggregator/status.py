"""The colour of a milestone, a project and a program, with its reasons (DOMAIN.md 5.4).

A colour tells how likely success is, not how late it is today, and is never greener than the
data: where the data cannot tell, it is grey.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from .assessment import Forecast, MilestoneView, Status
from .health.views import worst
from .percent import percent
from .portfolio.model import Milestone
from .portfolio.sources import SourceState, SourceStatus

GREEN_FROM = 0.85
AMBER_FROM = 0.50
TYPED_OFF = 3
"""Working days by which a typed day of release may be off (DOMAIN.md 1.7)."""
_ITEMS_SHOWN = 5
_STALLED: Final = "stalled: its team finishes nothing"


@dataclass(frozen=True, slots=True)
class Judged:
    """A colour and why."""

    status: Status
    reasons: tuple[str, ...]


def judge(
    milestone: Milestone,
    forecast: Forecast,
    *,
    as_of: date,
    by_plan: float | None,
    in_cycle: bool,
    stalled: bool,
    doubts: Sequence[str],
    doubtful: Sequence[str],
    stated_off: int = 0,
) -> Judged:
    """Judge a milestone; ``by_plan`` is P(finish <= plan date), for want of a commitment.

    ``doubts`` are reasons not to believe what is known of it, ``doubtful`` the milestones that
    it waits for and that have such doubts: bad news of them stands, good news does not.
    ``stated_off`` is by how many working days a typed day of release is off the actual one.
    """
    if milestone.actual is not None:
        return _done(milestone, milestone.actual, stated_off)
    if doubts:
        return Judged("grey", tuple(doubts))
    due = milestone.commitment or milestone.plan or milestone.promise
    kind = "plan date" if milestone.plan is not None else "promise"
    if milestone.commitment is not None:
        kind = "commitment"
    if due is not None and due < as_of:
        passed = f"open although its {kind} {due} has passed"
        return Judged("red", (passed, _STALLED) if stalled and not in_cycle else (passed,))
    if due is not None and forecast.lower_bound is not None and forecast.lower_bound > due:
        return Judged(
            "red", (f"cannot be done before {forecast.lower_bound}, its {kind} is {due}",)
        )
    unknown = _unknown(forecast, in_cycle=in_cycle, stalled=stalled)
    if unknown is not None:
        return unknown
    if due is None:
        return Judged("grey", ("it has neither a commitment nor a plan date",))
    probability = forecast.p_on_time if milestone.commitment is not None else by_plan
    assert probability is not None
    note = () if milestone.commitment is not None else (f"no commitment: judged by its {kind}",)
    reasons = (f"{percent(probability)} by its {kind} {due}", *note)
    if doubtful and colour(probability) == "green":
        unsure = f"it waits for {', '.join(doubtful)}, of which nothing certain is known"
        return Judged("grey", (unsure, *reasons))
    return Judged(colour(probability), reasons)


def temper(judged: Judged, unseen: Sequence[str]) -> Judged:
    """Take the green from what cannot be seen as a whole; bad news of the rest stands."""
    if not unseen:
        return judged
    status = "grey" if judged.status == "green" else judged.status
    return Judged(status, (*unseen, *judged.reasons))


def colour(probability: float) -> Status:
    """Give the colour of a chance to be on time."""
    if probability >= GREEN_FROM:
        return "green"
    return "amber" if probability >= AMBER_FROM else "red"


def judge_project(milestones: Sequence[MilestoneView]) -> Status:
    """Give a project the worst colour of its open milestones; green when all are done."""
    return _roll_up(milestones)


def judge_program(milestones: Sequence[MilestoneView], *, red_weight: float = 1.0) -> Judged:
    """Judge a program by its open commitments, or its open milestones where there are none.

    A red commitment below ``red_weight`` makes a program amber, not red.
    """
    committed = [m for m in milestones if m.dates.commitment is not None] or list(milestones)
    open_ones = [m for m in committed if m.dates.actual is None]
    red = [m for m in open_ones if m.status == "red"]
    status = _roll_up(committed)
    if red and all(m.weight < red_weight for m in red):
        rest = [m for m in committed if m not in red]
        status = worst(("amber", _roll_up(rest)))
    bad = sorted((m for m in open_ones if m.status != "green"), key=lambda m: (-m.weight, m.id))
    reasons = tuple(f"{m.title} is {m.status}: {'; '.join(m.reasons)}" for m in bad)
    if not committed:
        reasons = ("it has no milestones",)
    return Judged(status, reasons)


def _roll_up(milestones: Sequence[MilestoneView]) -> Status:
    if not milestones:
        return "grey"
    open_ones: list[Status] = [m.status for m in milestones if m.dates.actual is None]
    return worst(open_ones) if open_ones else "green"


def _done(milestone: Milestone, actual: date, stated_off: int) -> Judged:
    far = abs(stated_off) > TYPED_OFF
    typed = (f"its tracker says {milestone.stated}, a date that was typed",) if far else ()
    if milestone.commitment is not None and actual > milestone.commitment:
        return Judged(
            "red", (f"done {actual}, after its commitment {milestone.commitment}", *typed)
        )
    return Judged("green", (f"done {actual}", *typed))


def doubts(milestone: Milestone, sources: Iterable[SourceState]) -> Iterator[str]:
    """Give the reasons not to believe what is known of an open milestone."""
    if milestone.actual is not None:
        return
    for source in sources:
        if source.name not in milestone.sources:
            continue
        if source.status is not SourceStatus.OK:
            yield f"source {source.name} is {source.status.value}"
        for scope in source.skipped:
            if (source.name, scope) in milestone.scopes:
                yield f"source {source.name} may not be read in {scope} any more"
    for name in milestone.missing:
        yield f"there is no {name}"


def unseen(milestone: Milestone) -> tuple[str, ...]:
    """Say which of an open milestone's items can no longer be seen: it may be worse than it looks.

    What is known of the others stands.
    """
    if milestone.actual is not None or not milestone.invisible:
        return ()
    shown = ", ".join(milestone.invisible[:_ITEMS_SHOWN])
    more = len(milestone.invisible) - _ITEMS_SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return (f"{shown}{rest} can no longer be seen",)


def _unknown(forecast: Forecast, *, in_cycle: bool, stalled: bool) -> Judged | None:
    if in_cycle:
        return Judged("grey", ("it waits for itself: the dependencies run in a cycle",))
    if stalled:
        return Judged("red", (_STALLED,))
    if forecast.p50 is None and forecast.missing_inputs:
        missing = ", ".join(forecast.missing_inputs)
        take = "takes" if len(forecast.missing_inputs) == 1 else "take"
        return Judged("grey", (f"no forecast: nobody knows how long {missing} {take}",))
    if forecast.method == "none":
        return Judged("grey", ("no forecast: it has no history and no duration",))
    if forecast.method == "reference" and forecast.confidence != "full":
        return Judged("grey", ("only a rough forecast: its team has less than 4 weeks of history",))
    return None
