"""From what is known of money to what an assessment says: PV, EV, AC and all that follows.

A day counts whole: what is planned, done or spent on ``as_of`` is in.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from math import ceil, fsum, isfinite

from .curve import Curve, ramps
from .exchange import Exchange, UnknownRateError
from .formulas import CostFigures, TimeFigures, difference
from .model import Budget, EarnedBy, Money, Package, Posting
from .views import CostPoint, CostView, EarnedView

WEEK = 7.0
_MOST_POINTS = 130
_BURN_WEEKS = 8
_NO_ACTUALS = "what was spent: no `actuals` say"
_NO_WORK = "no milestone has a baseline with work in it"
_NO_ITEMS = "no baseline holds items; `earned_by: weight` counts milestones without any"
_OFF = 0.005
"""The part of a budget by which its plan may miss it."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A sum that grows day by day."""

    days: tuple[date, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, amounts: Iterable[tuple[date, float]]) -> "Steps":
        """Add up amounts in the order of their days."""
        ordered = sorted(amounts, key=lambda entry: entry[0])
        return cls(
            tuple(day for day, _ in ordered), tuple(accumulate(amount for _, amount in ordered))
        )

    def by(self, day: date) -> float:
        """Give the sum at the end of a day."""
        place = bisect_right(self.days, day)
        return self.sums[place - 1] if place else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The work of a baseline: what of it was to be done by when, and what is; as shares."""

    plan: Curve
    """From 0 to 1, over instants."""
    done: Steps

    def earned_view(self, as_of: date) -> EarnedView | None:
        """Tell its Earned Schedule; None before it begins."""
        now = as_of.toordinal() + 1.0
        earned = min(self.done.by(as_of), 1.0)
        found = TimeFigures.of(self.plan, earned=earned, now=now)
        if found is None:
            return None
        ieac = found.ieac_t
        return EarnedView(
            planned=round(self.plan.at(now), 4),
            earned=round(earned, 4),
            start=date.fromordinal(int(self.plan.start)),
            finish=_day_before(self.plan.end),
            es=round(found.es / WEEK, 4),
            at=round(found.at / WEEK, 4),
            pd=round(found.pd / WEEK, 4),
            sv_t=round(found.sv_t / WEEK, 4),
            spi_t=round(found.spi_t, 4),
            ieac_t=None if ieac is None else round(ieac / WEEK, 4),
            expected_finish=None if ieac is None else _day_before(self.plan.start + ieac),
            tspi=None if found.tspi is None else round(found.tspi, 4),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A budget with everything that its figures are made of, in its own currency."""

    budget: Budget
    plan: Curve | None
    """In money, over instants."""
    done: Steps | None
    """Shares of the work."""
    spent: tuple[Posting, ...] | None
    unknown: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def view(self, as_of: date) -> CostView:
        """Tell its figures."""
        budget = self.budget
        spent = None if self.spent is None else Steps.of((p.day, p.amount) for p in self.spent)
        now = self._point(as_of, as_of, spent)
        found = CostFigures(
            bac=budget.bac, pv=now.pv, ev=now.ev, ac=now.ac, estimate=budget.estimate
        )
        until = max((p.day for p in self.spent or () if p.day <= as_of), default=None)
        return CostView(
            currency=budget.currency,
            bac=_cents(budget.bac),
            approved_by=budget.approved_by,
            approved_on=budget.approved_on,
            pv=_cents(found.pv),
            ev=_cents(found.ev),
            ac=_cents(found.ac),
            sv=_cents(found.sv),
            cv=_cents(found.cv),
            spi=_index(found.spi),
            cpi=_index(found.cpi),
            eac=_cents(found.eac),
            eac_as_planned=_cents(found.eac_as_planned),
            eac_with_delay=_cents(found.eac_with_delay),
            estimate=_cents(found.estimate),
            vac=_cents(found.vac),
            tcpi_bac=_index(found.tcpi_bac),
            tcpi_eac=_index(found.tcpi_eac),
            spent=_index(found.spent),
            complete=_index(found.complete),
            contingency=_cents(budget.contingency),
            drawn=None if budget.contingency is None else _cents(budget.drawn),
            actuals_until=until,
            burn_per_week=_cents(_burn(spent, as_of)),
            parts=self.parts,
            unknown=self.unknown,
            curve=tuple(self._point(day, as_of, spent) for day in self._days(as_of)),
        )

    def paid_by(self, parts: "Sequence[Account]", money: Money, as_of: date) -> "Account":
        """Take what its parts have spent for what it has, at the rates of the days."""
        exchange = Exchange(money.rates)
        try:
            paid = [
                spent_in(part, self.budget.currency, exchange, as_of)
                for part in parts
                if part.spent is not None
            ]
        except UnknownRateError as error:
            return replace(self, unknown=(*self.unknown, str(error)))
        lacking = [part.budget.subject for part in parts if part.spent is None]
        if lacking:
            reason = f"what was spent: nobody says it of {', '.join(lacking)}"
            return replace(self, unknown=(*self._told(), reason))
        spent = tuple(posting for postings in paid for posting in postings)
        return replace(self, spent=spent, unknown=self._told())

    def _told(self) -> tuple[str, ...]:
        return tuple(reason for reason in self.unknown if reason != _NO_ACTUALS)

    def _point(self, day: date, as_of: date, spent: Steps | None) -> CostPoint:
        past = day <= as_of
        done = min(self.done.by(day), 1.0) if self.done is not None else None
        return CostPoint(
            day=day,
            pv=None if self.plan is None else _cents(self.plan.at(day.toordinal() + 1)),
            ev=_cents(self.budget.bac * done) if done is not None and past else None,
            ac=_cents(spent.by(day)) if spent is not None and past else None,
        )

    def _days(self, as_of: date) -> list[date]:
        """Choose the days of its curve: a week apart, or more weeks where they would be many."""
        if self.plan is None:
            return []
        first, last = int(self.plan.start) - 1, max(_day_before(self.plan.end), as_of).toordinal()
        weeks = max(1, ceil((last - first) / 7 / _MOST_POINTS))
        days = {*range(first, last + 1, 7 * weeks), last}
        if first <= as_of.toordinal():
            days.add(as_of.toordinal())
        return [date.fromordinal(day) for day in sorted(days)]


def work_of(
    packages: Sequence[Package],
    by: EarnedBy = "items",
    plan: Curve | None = None,
    start: date | None = None,
) -> Work | str:
    """Find the plan and the progress of some work, or say why there is none.

    With a ``plan`` of its own (in money) that is what was to be done by when: work whose baseline
    ends after it is no part of it. Without one each milestone's work is spread evenly from the
    start to the finish of its baseline. What was done before ``start`` (without one, before the
    plan or the milestone's baseline begins) is no part of it.
    """
    ending = None if plan is None else _day_before(plan.end)
    parts: list[tuple[float, float, float]] = []
    done: list[tuple[date, float]] = []
    for package in packages:
        if ending is not None and (package.finish is None or package.finish > ending):
            continue
        begin = date.fromordinal(int(plan.start)) if plan is not None else package.start
        begin = start or begin
        portions = list(_portions(package, by, begin))
        size = fsum(weight for _, weight in portions)
        if not size:
            continue
        if plan is None and package.finish is None:
            return f"the baseline of {package.milestone} has no finish"
        done += [(day, weight) for day, weight in portions if day is not None]
        if plan is None and package.finish is not None:
            parts.append((*_span(package.start, package.finish), size))
        else:
            parts.append((0.0, 0.0, size))
    total = fsum(size for _, _, size in parts)
    if not total:
        dated = any(package.finish is not None for package in packages)
        return _NO_ITEMS if dated and by != "weight" else _NO_WORK
    shares = ramps([(start, end, size / total) for start, end, size in parts]) if not plan else None
    if plan is not None:
        shares = Curve(plan.times, tuple(value / plan.total for value in plan.values))
    if shares is None:
        return _NO_WORK
    return Work(plan=shares, done=Steps.of((day, weight / total) for day, weight in done))


def _unpaid(packages: Sequence[Package], plan: Curve | None, start: date | None) -> Iterable[str]:
    """Tell of work that is done and earns nothing, since its baseline ends after the plan."""
    if plan is None:
        return
    ending = _day_before(plan.end)
    begin = start or date.fromordinal(int(plan.start))
    for package in packages:
        worked = any(day is not None and day >= begin for day, _ in package.items)
        if worked and package.finish is not None and package.finish > ending:
            yield (
                f"what is earned by {package.milestone}: its baseline ends on {package.finish}, "
                f"after the plan of the budget, {ending}: its work earns nothing"
            )


def _portions(
    package: Package, by: EarnedBy, begin: date | None
) -> Iterable[tuple[date | None, float]]:
    """Give how much each piece of work counts, and when it was done."""
    every = package.items
    if by == "weight" and not every:
        every = ((package.done, None),)
    items = [(day, points) for day, points in every if day is None or begin is None or day >= begin]
    if by == "weight":
        for day, _ in items:
            yield day, package.weight / len(items)
        return
    known = [points for _, points in items if points is not None]
    usual = fsum(known) / len(known) if known else 0.0
    for day, points in items:
        yield day, (1.0 if by == "items" else usual if points is None else points)


def _span(start: date | None, finish: date) -> tuple[float, float]:
    """Give the instants between which work was to be done, at least a day apart."""
    end = finish.toordinal() + 1.0
    return (end - 1 if start is None else min(float(start.toordinal()), end - 1)), end


def plan_curve(postings: Sequence[Posting]) -> Curve | None:
    """Draw what was to be spent by the end of each day that a plan names.

    It begins with a row of nought, or else one period (the distance of its first two rows) before
    its first one. None for fewer than two rows, or where nothing is planned.
    """
    if len(postings) < 2:
        return None
    sums = Steps.of((posting.day, posting.amount) for posting in postings)
    points = [(day.toordinal() + 1.0, sums.by(day)) for day in sorted(set(sums.days))]
    if points[0][1] > 0 and len(points) > 1:
        period = points[1][0] - points[0][0]
        points.insert(0, (points[0][0] - period, 0.0))
    return Curve.through(points)


def open_account(budget: Budget, packages: Sequence[Package]) -> tuple[Account, Work | None]:
    """Put a budget together with the work that earns it."""
    unknown: list[str] = []
    plan = plan_curve(budget.plan or ())
    if budget.has_plan and plan is None:
        unknown.append(_why("the plan", budget.plan_error, seen=budget.plan is not None))
    elif plan is not None and abs(plan.total - budget.bac) > _OFF * budget.bac:
        unknown.append(
            f"the plan: it adds up to {plan.total:,.2f}, the budget is {budget.bac:,.2f}"
        )
    work = work_of(packages, budget.earned_by, plan, budget.start)
    unknown += _unpaid(packages, plan, budget.start)
    if isinstance(work, str):
        unknown.append(f"what is earned: {work}")
    elif plan is None and not budget.has_plan:
        plan = Curve(work.plan.times, tuple(value * budget.bac for value in work.plan.values))
    if budget.actuals is None:
        why = _why("what was spent", budget.actuals_error, seen=False)
        unknown.append(_NO_ACTUALS if budget.source is None else why)
    elif budget.actuals_error is not None:
        unknown.append(f"what was spent lately: {budget.actuals_error}")
    found = work if isinstance(work, Work) else None
    return (
        Account(
            budget=budget,
            plan=plan,
            done=None if found is None else found.done,
            spent=_paid(budget),
            unknown=tuple(unknown),
        ),
        found,
    )


def _paid(budget: Budget) -> tuple[Posting, ...] | None:
    if budget.actuals is None or budget.start is None:
        return budget.actuals
    return tuple(posting for posting in budget.actuals if posting.day >= budget.start)


def _why(what: str, error: str | None, *, seen: bool) -> str:
    if error is not None:
        return f"{what}: {error}"
    return f"{what}: it holds nothing" if seen else f"{what}: it was not read yet"


def spent_in(account: Account, target: str, exchange: Exchange, as_of: date) -> tuple[Posting, ...]:
    """Exchange what was spent by a day; raises ``UnknownRateError``."""
    source = account.budget.currency
    return tuple(
        replace(posting, amount=posting.amount * exchange.rate(source, target, posting.day))
        for posting in account.spent or ()
        if posting.day <= as_of
    )


def _burn(spent: Steps | None, as_of: date) -> float | None:
    """Say what a week has cost lately, as far as that goes back."""
    if spent is None or not spent.days or spent.days[0] > as_of:
        return None
    weeks = min(float(_BURN_WEEKS), max(1.0, ((as_of - spent.days[0]).days + 1) / WEEK))
    lately = difference(spent.by(as_of), spent.by(as_of - timedelta(days=round(weeks * WEEK))))
    return None if lately is None else lately / weeks


def _day_before(instant: float) -> date:
    """Show the instant at which something is over as the day before it."""
    return date.fromordinal(min(ceil(instant), date.max.toordinal()) - 1)


def _cents(amount: float | None) -> float | None:
    return None if amount is None or not isfinite(amount) else round(amount, 2)


def _index(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else round(value, 4)
