"""Adds up the budgets of several projects, in several currencies."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import fsum

from .curve import Curve
from .exchange import Exchange, UnknownRateError
from .measuring import Account, Steps, spent_in
from .model import Budget, Money
from .views import CostView


def roll_up(subject: str, accounts: Sequence[Account], money: Money, as_of: date) -> CostView:
    """Add up the budgets of some projects in one currency.

    Without a rate, or a currency to add up in, only what keeps it from being known is told.

    Budgets, plans and what is earned go by the rate of the day that each was approved (today's,
    where none was): how the rates move since is no matter of their performance. What was spent goes
    by the rate of the day that it was spent.
    """
    currencies = {account.budget.currency for account in accounts}
    target = money.currency or (currencies.pop() if len(currencies) == 1 else None)
    names = tuple(account.budget.subject for account in accounts)
    if target is None:
        several = "its projects have budgets in several currencies: set `reporting_currency`"
        return CostView(parts=names, unknown=(several,))
    exchange = Exchange(money.rates)
    try:
        parts = [_exchanged(account, target, exchange, as_of) for account in accounts]
    except UnknownRateError as error:
        return CostView(currency=target, parts=names, unknown=(str(error),))
    return _sum(subject, parts, target).view(as_of)


def _exchanged(account: Account, target: str, exchange: Exchange, as_of: date) -> Account:
    budget, plan = account.budget, account.plan
    rate = exchange.rate(budget.currency, target, budget.approved_on or as_of)

    def worth(amount: float | None) -> float | None:
        return None if amount is None else amount * rate

    return Account(
        budget=Budget(
            subject=budget.subject,
            currency=target,
            bac=budget.bac * rate,
            approved_by=budget.approved_by,
            approved_on=budget.approved_on,
            contingency=worth(budget.contingency),
            drawn=budget.drawn * rate,
            estimate=worth(budget.estimate),
        ),
        plan=None if plan is None else Curve(plan.times, tuple(v * rate for v in plan.values)),
        done=account.done,
        spent=None if account.spent is None else spent_in(account, target, exchange, as_of),
        unknown=account.unknown,
    )


def _sum(subject: str, parts: Sequence[Account], currency: str) -> Account:
    bac = fsum(part.budget.bac for part in parts)
    plans = [part.plan for part in parts if part.plan is not None]
    done = [
        (day, share * part.budget.bac / bac)
        for part in parts
        if part.done is not None
        for day, share in _increments(part.done)
    ]
    kept = [part.budget.contingency for part in parts if part.budget.contingency is not None]
    approved = [part.budget.approved_on for part in parts]
    estimates = [part.budget.estimate for part in parts]
    known = [one for one in estimates if one is not None]
    dated = [one for one in approved if one is not None]
    return Account(
        budget=Budget(
            subject=subject,
            currency=currency,
            bac=bac,
            approved_on=max(dated) if len(dated) == len(approved) else None,
            contingency=fsum(kept) if kept else None,
            drawn=fsum(part.budget.drawn for part in parts),
            estimate=fsum(known) if len(known) == len(estimates) else None,
        ),
        plan=_joined(plans) if len(plans) == len(parts) else None,
        done=Steps.of(done) if all(part.done is not None for part in parts) else None,
        spent=tuple(posting for part in parts for posting in part.spent or ())
        if all(part.spent is not None for part in parts)
        else None,
        unknown=tuple(
            f"{part.budget.subject}: {reason}" for part in parts for reason in part.unknown
        ),
        parts=tuple(part.budget.subject for part in parts),
    )


def _increments(steps: Steps) -> Iterable[tuple[date, float]]:
    before = 0.0
    for day, total in zip(steps.days, steps.sums, strict=True):
        yield day, total - before
        before = total


def _joined(plans: Sequence[Curve]) -> Curve | None:
    times = sorted({time for plan in plans for time in plan.times})
    return Curve.through((time, fsum(plan.at(time) for plan in plans)) for time in times)
