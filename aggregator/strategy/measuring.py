"""A benefit as it stands: what was due, what came, what its enablers' slips do to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from ..assessment import MilestoneView
from ..benefits import formulas
from ..benefits.model import Benefit, Curve
from ..benefits.views import BenefitView, EnablerView, Point

MOST_READINGS = 100
POINTS = 24
"""Steps in which a curve is drawn."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What it takes to say what is due: the numbers of a benefit that has all of them."""

    curve: Curve
    baseline: float
    target: float
    start: date
    end: date

    @classmethod
    def of(cls, benefit: Benefit) -> "Profile | None":
        """Take them; None where one is missing."""
        if (
            benefit.baseline is None
            or benefit.target is None
            or benefit.start is None
            or benefit.target_date is None
        ):
            return None
        return cls(
            benefit.curve, benefit.baseline, benefit.target, benefit.start, benefit.target_date
        )

    def due(self, day: date, shift: float = 0.0) -> float:
        """Give the value that is due by a day."""
        return formulas.expected(
            self.curve, self.baseline, self.target, self.start, self.end, day, shift
        )

    def ratio(self, actual: float, day: date, shift: float = 0.0) -> float | None:
        """Give the realisation ratio of a reading; None before any change was due."""
        if (day - self.start).days < shift:
            return None
        return formulas.realisation(actual, self.baseline, self.due(day, shift))

    def accrued(self, first: date, last: date, shift: float = 0.0) -> float:
        """Give the years' worth of the full benefit that are due between two days."""
        return formulas.accrued(
            self.curve, self.baseline, self.target, self.start, self.end, first, last, shift
        )

    def drawn(self, shift: float = 0.0) -> tuple[Point, ...]:
        """Give points of the curve for drawing."""
        later = timedelta(days=round(shift))
        if not isinstance(self.curve, str):
            return tuple(Point(day + later, value) for day, value in self.curve)
        length = (self.end - self.start).days
        steps = {length * n // POINTS for n in range(POINTS + 1)}
        days = [self.start + timedelta(days=step) for step in sorted(steps)]
        if self.curve == "step" and length > 1:
            days = [self.start, self.end - timedelta(days=1), self.end]
        return tuple(Point(day + later, round(self.due(day), 6)) for day in days)


def worth(benefit: Benefit) -> float | None:
    """Give what a year of it is worth; negative for a disbenefit."""
    if benefit.annual_value is None:
        return None
    amount = benefit.annual_value.amount
    return -amount if benefit.kind == "disbenefit" else amount


def delay_of(milestone: MilestoneView | None) -> int | None:
    """Count the calendar days by which a milestone is later than approved or committed.

    It is forecast at P50, or done; negative when it is early, None where one of the two is unknown.
    """
    if milestone is None:
        return None
    meant = milestone.dates.baseline or milestone.dates.commitment
    expected = milestone.dates.actual or milestone.forecast.p50
    return None if meant is None or expected is None else (expected - meant).days


def benefit_view(
    benefit: Benefit,
    milestones: Mapping[str, MilestoneView],
    as_of: date,
    day_of: Callable[[datetime], date],
) -> BenefitView:
    """Work out where a benefit stands; ``day_of`` gives the day of a moment."""
    profile = Profile.of(benefit)
    newest = benefit.readings[-1] if benefit.readings else None
    read_on = None if newest is None else day_of(newest.at)
    enablers = tuple(
        EnablerView(
            milestone=one.milestone,
            share=one.share,
            delay_days=delay_of(milestones.get(one.milestone)),
        )
        for one in benefit.enabled_by
    )
    shift = _shift(enablers)
    view = BenefitView(
        id=benefit.name,
        subject=benefit.id,
        title=benefit.title,
        kind=benefit.kind,
        objective=benefit.objective,
        owner=benefit.owner,
        responsible=benefit.responsible,
        description=benefit.description,
        outcome=benefit.outcome,
        tangible=benefit.tangible,
        priority=benefit.priority,
        unit=benefit.unit,
        measure=benefit.measure,
        direction=_direction(benefit),
        baseline=benefit.baseline,
        target=benefit.target,
        start=benefit.start,
        target_date=benefit.target_date,
        cadence=benefit.cadence,
        cadence_days=round(benefit.cadence_days, 2),
        value=None if newest is None else newest.value,
        read_at=None if newest is None else newest.at,
        read_on=read_on,
        enabled_by=enablers,
        shift_days=_rounded(shift),
        start_after_slip=_later(benefit.start, shift),
        target_date_after_slip=_later(benefit.target_date, shift),
        expires_on=benefit.expires_on,
        reviews=benefit.reviews,
        failures=benefit.fetching.failures,
        error=benefit.fetching.error,
        readings=_drawn_readings(benefit, day_of),
    )
    if profile is not None:
        view = _with_curve(view, profile, as_of, shift)
    return _with_worth(view, benefit, profile, shift)


def _with_curve(
    view: BenefitView, profile: Profile, as_of: date, shift: float | None
) -> BenefitView:
    """Add what is due by its curve, as planned and after the slip, and what of that came."""
    known_shift = shift or 0.0
    view = msgspec.structs.replace(
        view,
        expected=_rounded(profile.due(as_of)),
        expected_after_slip=None if shift is None else _rounded(profile.due(as_of, shift)),
        planned=profile.drawn(),
        shifted=() if known_shift < 0.5 else profile.drawn(known_shift),
    )
    if view.value is None or view.read_on is None:
        return view
    value, day = view.value, view.read_on
    return msgspec.structs.replace(
        view,
        expected_at_reading=_rounded(profile.due(day)),
        realisation_ratio=_rounded(profile.ratio(value, day)),
        ratio_after_slip=None if shift is None else _rounded(profile.ratio(value, day, shift)),
    )


def _with_worth(
    view: BenefitView, benefit: Benefit, profile: Profile | None, shift: float | None
) -> BenefitView:
    """Add what a year of it is worth, and what the slip defers and loses of that."""
    annual = worth(benefit)
    if annual is None or benefit.annual_value is None:
        return view
    return msgspec.structs.replace(
        view,
        annual_value=annual,
        currency=benefit.annual_value.currency,
        cost_of_delay_per_day=round(formulas.per_day(annual), 2),
        deferred_value=None if shift is None else round(formulas.deferred(annual, shift), 2),
        lost_value=_lost(benefit, profile, annual, shift),
    )


def _shift(enablers: tuple[EnablerView, ...]) -> float | None:
    """Weigh the delays of enablers; one that nobody can date leaves it unknown."""
    delays: list[tuple[float, float]] = []
    for one in enablers:
        if one.delay_days is None:
            return None
        delays.append((one.delay_days, one.share))
    return formulas.weighted_shift(delays)


def _lost(
    benefit: Benefit, profile: Profile | None, annual: float, shift: float | None
) -> float | None:
    window = benefit.expires_on
    if profile is None or shift is None or window is None:
        return None
    first = min(profile.start, window)
    as_planned, as_late = profile.accrued(first, window), profile.accrued(first, window, shift)
    return round(annual * (as_planned - as_late), 2)


def _direction(benefit: Benefit) -> Literal["increase", "decrease"] | None:
    if benefit.baseline is None or benefit.target is None or benefit.baseline == benefit.target:
        return None
    return "increase" if benefit.target > benefit.baseline else "decrease"


def _drawn_readings(benefit: Benefit, day_of: Callable[[datetime], date]) -> tuple[Point, ...]:
    by_day = {day_of(reading.at): reading.value for reading in benefit.readings}
    return tuple(Point(day, value) for day, value in sorted(by_day.items())[-MOST_READINGS:])


def _later(day: date | None, shift: float | None) -> date | None:
    return None if day is None or shift is None else day + timedelta(days=round(shift))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
